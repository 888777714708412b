import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { installedPackages } from '../debian.ts'
import { imagesOf } from '../images/source.ts'
import { removeOwnEngine, startOwnEngine, stopOwnEngine, usesOwnEngine } from '../minikube/docker.ts'
import { deleteMinikube, exists, minikubeHome } from '../minikube/minikube.ts'
import { type ClusterChoices, cache, paths, rememberedChoices, root, state } from '../settings.ts'

/** Whether the user has other Minikube clusters. */
function hasProfiles(): boolean {
  const folder = join(minikubeHome, 'profiles')
  return existsSync(folder) && readdirSync(folder).length > 0
}

/** Removes Minikube's home with its lock and log files in the temporary folder. */
async function removeMinikubeHome(): Promise<void> {
  const files = [`minikube-locks-${process.getuid?.()}`, 'minikube.log'].map((name) => join(tmpdir(), name))
  for (const path of [minikubeHome, ...files]) await rm(path, { recursive: true, force: true })
}

/** Deletes only this clone's cluster and engine. */
async function deleteNode({ images, ownsMinikubeHome }: ClusterChoices): Promise<void> {
  if (usesOwnEngine()) await startOwnEngine()
  if (existsSync(join(paths.bin, 'minikube')) && (await exists())) await deleteMinikube()
  await (await imagesOf(images)).remove()
  if (ownsMinikubeHome && !hasProfiles()) await removeMinikubeHome()
  await stopOwnEngine()
  await removeOwnEngine()
}

/**
 * `npm run delete`: deletes the cluster and its state. Keeps the cache and installed packages, and prints both in the last
 * line.
 * @param all also deletes the cache
 */
export async function deleteCluster({ all }: { all: boolean }): Promise<void> {
  const choices = rememberedChoices()
  if (choices) await deleteNode(choices)
  await execa('git', ['remote', 'remove', 'cluster'], { cwd: root, reject: false })
  const packages = installedPackages()
  await rm(state, { recursive: true, force: true })
  if (all) await rm(cache, { recursive: true, force: true })
  const kept = [
    ...(existsSync(cache) ? [`the cache ${cache} (npm run delete -- --all deletes it)`] : []),
    ...(packages.length > 0 ? [`the Debian packages ${packages.join(' ')}`] : []),
  ]
  console.log(['deleted', kept.length > 0 && `kept: ${kept.join(' and ')}`].filter(Boolean).join('; '))
}
