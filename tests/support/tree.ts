/** Copies of the working tree's manifests, to be rendered and broken at will. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { kind, paths, root } from '../../cli/settings.ts'

const trees: string[] = []

/** A new folder that `removeTrees` removes. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  trees.push(folder)
  return folder
}

export async function removeTrees(): Promise<void> {
  await Promise.all(trees.splice(0).map((tree) => rm(tree, { recursive: true })))
}

/** Kustomizations that name upstream manifests by their address, with the project that the address is of. */
const remote = {
  'clusters/production/argo-cd': 'argo-cd',
  'clusters/minikube/argo-cd': 'argo-cd',
  'clusters/minikube/argo-rollouts': 'argo-rollouts',
  'clusters/minikube/addons': 'istio',
}

/** The same manifests out of the Go module of the project that the embedded cluster is built from: no GitHub is needed. */
async function fromGoModule(tree: string, folder: string, project: string): Promise<void> {
  const file = join(tree, folder, 'kustomization.yaml')
  const module = join(paths.upstream, project)
  const text = (await readFile(file, 'utf8')).replace(
    /https:\S*\/\/(manifests\/\S*)\?ref=\S*/,
    `../../../.cluster/upstream/${project}/$1`,
  )
  const addons = [...text.matchAll(/https:\S*?(samples\/addons\/\S*)/g)]
  for (const [, path = ''] of addons) await cp(join(module, path), join(tree, folder, basename(path)))
  await writeFile(file, text.replaceAll(/https:\S*samples\/addons\//g, ''))
}

export async function copyOfTree(): Promise<string> {
  const tree = await temporaryFolder()
  const folders = ['apps', 'base', 'overlays', 'clusters']
  await Promise.all(folders.map((folder) => cp(join(root, folder), join(tree, folder), { recursive: true })))
  if (kind === 'embedded')
    for (const [folder, project] of Object.entries(remote)) await fromGoModule(tree, folder, project)
  return tree
}
