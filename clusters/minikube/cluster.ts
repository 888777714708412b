/** Minikube in Docker: one node, made and kept by minikube, with the images that the projects release. */
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { Cluster } from '../cluster.ts'
import { containerfileOf, imageName } from '../components.ts'
import { ports, root } from '../settings.ts'
import { startGitDaemon, stopGitDaemon } from './git-daemon.ts'
import { buildImage, exists, images, remove, ssh, start, stop } from './minikube.ts'
import { isOwnRunning, ownProfile, problems } from './preflight.ts'
import { installTools } from './tools.ts'

export const minikube: Cluster = {
  remoteUrl: 'git://host.minikube.internal/git',
  hasArgoCdPages: true,
  problems,
  steps: [
    { title: 'Command line tools', run: installTools },
    {
      title: 'Minikube',
      run: async (report) => {
        if (await isOwnRunning()) return
        await writeFile(ownProfile, JSON.stringify(ports))
        await start(report)
      },
    },
    { title: 'Git daemon', run: () => startGitDaemon() },
  ],
  isRunning: isOwnRunning,
  loadedImages: async () => new Set(await images()),
  buildAndLoad: ({ component, version, buildArgs }) =>
    buildImage(imageName({ component, version }), containerfileOf(component), root, {
      COMPONENT: component,
      VERSION: version,
      ...buildArgs,
    }),
  runOnNode: (command) => ssh(['sudo', ...command]),
  stop: async () => {
    await stopGitDaemon()
    if (await isOwnRunning()) await stop()
  },
  remove: async () => {
    await stopGitDaemon()
    if (existsSync(ownProfile) && (await exists())) await remove()
    await rm(ownProfile, { force: true })
  },
}
