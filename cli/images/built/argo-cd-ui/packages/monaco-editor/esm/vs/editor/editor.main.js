// The editor with YAML as its only language: upstream's build selects it by a plugin for webpack.
self.MonacoEnvironment = { getWorkerUrl: () => 'editor.worker.js' }

export * from './edcore.main.js'

import '../basic-languages/yaml/yaml.contribution.js'
