/** The embedded cluster: one node in namespaces of this machine, from programs and images that are built here. */
import { join } from 'node:path'
import { execa } from 'execa'
import type { Cluster } from '../cluster.ts'
import { type AppImage, type Component, containerfileOf, imageName } from '../components.ts'
import { UserError } from '../errors.ts'
import { root } from '../settings.ts'
import { buildAppImage, unmountStore } from './images.ts'
import { stopListeners } from './listeners.ts'
import { importImages, nodePid, runInNode, stopNode } from './node.ts'
import { problems } from './preflight.ts'
import { embeddedSteps } from './steps.ts'

/** Builds a component's files on this machine: the folder that stands for stage `dist` of its Containerfile. */
async function buildDist(component: Component, version: string): Promise<string> {
  if (component !== 'web-app') {
    // Loaded here only: the hook that reads this module on every push builds nothing.
    const { buildService } = await import('../../services/build.ts')
    return buildService(component, version)
  }
  const env = { VERSION: version }
  const args = ['run', 'build', '--workspace=web-app']
  const build = await execa('npm', args, { cwd: root, env, all: true, reject: false })
  if (build.exitCode !== 0) throw new UserError(`the web app does not build:\n${build.all}`)
  return join(root, 'web-app/dist')
}

async function buildAndLoad({ component, version, buildArgs }: AppImage): Promise<void> {
  const layout = await buildAppImage({
    name: imageName({ component, version }),
    containerfile: join(root, containerfileOf(component)),
    context: root,
    contexts: { dist: await buildDist(component, version) },
    args: { BASE: component === 'web-app' ? 'localhost/nginx:1' : 'localhost/node:1', ...buildArgs },
  })
  await importImages(layout)
}

async function stop(): Promise<void> {
  await stopListeners()
  await stopNode()
}

export const embedded: Cluster = {
  remoteUrl: 'git://192.168.49.2/git',
  hasArgoCdPages: false,
  problems,
  steps: embeddedSteps,
  isRunning: async () => nodePid() !== undefined,
  loadedImages: async () => {
    const { stdout } = await runInNode(['ctr', '--namespace=k8s.io', 'images', 'list', '--quiet'])
    return new Set(String(stdout).split('\n'))
  },
  buildAndLoad,
  runOnNode: async (command) => String((await runInNode(command)).stdout),
  stop,
  remove: async () => {
    await stop()
    await unmountStore()
  },
}
