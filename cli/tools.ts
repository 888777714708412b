/** Runs the cluster's command line tools with its kubeconfig. */
import { delimiter, join } from 'node:path'
import { execa, type Options } from 'execa'
import { engineEnvironment } from './minikube/docker.ts'
import { paths } from './settings.ts'

/** Configuration by which git finds upstream repositories on this machine with built images; images/built.ts writes it. */
export const gitConfig = join(paths.run, 'gitconfig')

/** Environment of a tool: `.cluster/bin` first in PATH, the kubeconfig set. */
export const toolEnvironment = () => ({
  PATH: `${paths.bin}${delimiter}${process.env.PATH}`,
  KUBECONFIG: paths.kubeconfig,
  KUBECACHEDIR: paths.kubectlCache,
  // git ignores an include of a missing file.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'include.path',
  GIT_CONFIG_VALUE_0: gitConfig,
})

/** Runs one of the tools in `.cluster/bin`. */
export function tool(name: string, args: string[], options: Options = {}) {
  return execa(join(paths.bin, name), args, { ...options, env: { ...toolEnvironment(), ...options.env } })
}

/** Runs kubectl and returns its standard output. */
export async function kubectl(args: string[], options: Options = {}): Promise<string> {
  const { stdout } = await tool('kubectl', args, options)
  return String(stdout)
}

/** Runs `kubectl … --output=json` and returns the object. */
export async function kubectlJson<T>(args: string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, '--output=json'])) as T
}

/** Renders a kustomization and applies it. */
export async function applyKustomization(folder: string): Promise<void> {
  const { stdout: manifests } = await tool('kustomize', ['build', folder])
  await kubectl(['apply', '--server-side', '--force-conflicts', '--filename=-'], { input: String(manifests) })
}

/** An export line for the user's shell, so that kubectl, its plugins, argocd, istioctl and minikube use this cluster. */
export function exportLine(): string {
  const quote = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
  const engine = Object.entries(engineEnvironment()).map(([name, value]) => `${name}=${quote(value)}`)
  return ['export', `KUBECONFIG=${quote(paths.kubeconfig)}`, ...engine, `PATH=${quote(paths.bin)}:$PATH`].join(' ')
}
