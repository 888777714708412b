/** Copies of the working tree's manifests, for rendering. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { modules } from '../../cli/images/programs.ts'
import { clusterFolder, rememberedChoices, root } from '../../cli/settings.ts'
import { temporaryFolder } from './folder.ts'

/**
 * With built images, copies the manifests of the add-ons from the Go module. Kustomize fetches them by plain HTTP, which git's
 * configuration cannot redirect.
 */
export async function addonsFromGoModule(tree: string): Promise<void> {
  if (rememberedChoices()?.images !== 'built') return
  const folder = join(tree, clusterFolder, 'options/addons')
  const file = join(folder, 'kustomization.yaml')
  const text = await readFile(file, 'utf8')
  const { Dir } = (await modules()).istio
  for (const [, path = ''] of text.matchAll(/https:\S*?(samples\/addons\/\S*)/g))
    await cp(join(Dir, path), join(folder, basename(path)))
  await writeFile(file, text.replaceAll(/https:\S*samples\/addons\//g, ''))
}

/** Copies the manifests of the working tree. @returns the folder */
export async function copyOfTree(): Promise<string> {
  const tree = temporaryFolder()
  const folders = ['apps', 'base', 'overlays', 'components', 'clusters']
  await Promise.all(folders.map((folder) => cp(join(root, folder), join(tree, folder), { recursive: true })))
  return tree
}
