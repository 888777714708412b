/** Asks the running cluster about every object that the manifests render, with the parts that npm start installs. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { imagesIn, isOfComponent } from '../../cli/images/app-images.ts'
import { nodeImages } from '../../cli/images/node-images.ts'
import { programs } from '../../cli/images/programs.ts'
import { clusterImages } from '../../cli/images/source.ts'
import { judgeArgoCd, notSynced, shownOnly } from '../../cli/judge/argo-cd.ts'
import { askCluster, newObjects } from '../../cli/judge/judge.ts'
import type { KubernetesObject } from '../../cli/judge/objects.ts'
import { render } from '../../cli/judge/render.ts'
import { allKustomizations, type Rendered, systems } from '../../cli/judge/systems.ts'
import { bootstrapFolder, clusterFolder, namespace, rememberedChoices } from '../../cli/settings.ts'
import { istioFiles } from '../../cli/system.ts'
import { tool } from '../../cli/tools.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Application, type AppProject, all } from '../support/manifests.ts'
import { addonsFromGoModule, copyOfTree } from '../support/tree.ts'

let tree: string
let rendered: Rendered

beforeAll(async () => {
  tree = await copyOfTree()
  await addonsFromGoModule(tree)
  const found = (await allKustomizations(tree)).map(
    async ({ name, folder, components }) => [name, await render(tree, folder, components)] as const,
  )
  rendered = new Map(await Promise.all(found))
})

/** The objects of the kustomizations with such names. */
function objectsOf(isWanted: (name: string) => boolean): KubernetesObject[] {
  return [...rendered].flatMap(([name, items]) => (isWanted(name) ? items.map(({ object }) => object) : []))
}

test('the API server accepts every object', async () => {
  const items = newObjects(rendered)
  expect(items.length).toBeGreaterThan(80)
  expect(await askCluster(items)).toEqual([])
})

test('a pod in git is rejected for one reason only, without further reasons by Pod Security', async () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'by-hand', namespace } }
  const spec = { containers: [{ name: 'a', image: 'a:1', securityContext: { privileged: true } }] }
  const small = temporaryFolder()
  const folder = 'base/by-hand'
  await mkdir(join(small, folder), { recursive: true })
  await writeFile(join(small, folder, 'kustomization.yaml'), JSON.stringify({ resources: ['pod.yaml'] }))
  await writeFile(join(small, folder, 'pod.yaml'), JSON.stringify({ ...pod, spec }))
  const reason = 'Argo CD shows Pods and syncs none: write a Deployment or a Rollout'
  const objects = await render(small, folder)
  expect(notSynced(objects)).toEqual([{ file: `${folder}/pod.yaml`, object: 'Pod/by-hand', reason }])
  expect(await askCluster(objects)).toEqual([])
})

describe('the AppProjects', () => {
  test('permit what their Applications sync, with the add-ons, which the hook does not render', () => {
    expect(systems(rendered).flatMap((system) => judgeArgoCd(tree, system))).toEqual([])
  })

  test('permit no other kinds, except those that Argo CD only shows', () => {
    // npm start installs what is in bootstrap/, and no AppProject permits what Argo CD and Argo Rollouts consist of.
    const synced = objectsOf((name) => !name.includes('/bootstrap/'))
    const inGit = new Set(synced.map(({ kind }) => kind))
    const permitted = all<AppProject>(synced, 'AppProject').flatMap(({ spec }) => [
      ...(spec.clusterResourceWhitelist ?? []),
      ...(spec.namespaceResourceWhitelist ?? []),
    ])
    const others = new Set(permitted.map(({ kind }) => kind).filter((kind) => !inGit.has(kind)))
    expect([...others].sort()).toEqual([...shownOnly].sort())
  })
})

/** The objects that `istioctl install` applies. */
async function istioObjects(): Promise<KubernetesObject[]> {
  const files = istioFiles(await clusterImages()).map((file) => `--filename=${file}`)
  const { stdout } = await tool('istioctl', ['manifest', 'generate', ...files], { cwd: tree })
  const documents = parseAllDocuments(String(stdout)).map((document) => document.toJS() as KubernetesObject | null)
  return documents.filter((object) => object !== null)
}

test.runIf(rememberedChoices()?.images === 'built')(
  'the node has every built image that a manifest names',
  async () => {
    const applications = all<Application>(
      objectsOf((name) => name === clusterFolder),
      'Application',
    )
    const parts = ['argo-cd', 'argo-rollouts', 'calico', 'git'].map((part) => `${bootstrapFolder}/${part}`)
    const paths = new Set([...applications.map(({ spec }) => spec.source.path), ...parts])
    const objects = [...objectsOf((name) => paths.has(name)), ...(await istioObjects())]
    const named = [...imagesIn(objects)].filter((image) => !isOfComponent(image))
    const names = (await nodeImages((await programs()).dir)).map(({ name }) => name)
    expect(named.length).toBeGreaterThan(8)
    expect(names).toEqual(expect.arrayContaining(named))
  },
)

test('istioctl analyze finds nothing', async () => {
  for (const name of [namespace, 'istio-system']) {
    const args = ['analyze', `--namespace=${name}`, '--output=json']
    const { exitCode, stdout, stderr } = await tool('istioctl', args, { reject: false })
    expect(JSON.parse(String(stdout) || '[]') ?? []).toEqual([])
    expect(exitCode, String(stderr)).toBe(0)
  }
})
