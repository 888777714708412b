/**
 * clusters/minikube as far as it can be tried without Minikube: the real kustomize, istioctl and API server, with the upstream
 * manifests of the same versions. tests/README.md says what has run where.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { components } from '../cli/components.ts'
import { ApiServer, check, type KubernetesObject, nameOf, render } from '../cli/judge/manifests.ts'
import { kubernetesVersion } from '../cli/minikube/minikube.ts'
import { releases } from '../cli/minikube/tools.ts'
import { paths } from '../cli/settings.ts'
import { tool } from '../cli/tools.ts'
import { copyOfTree, removeTrees } from './support/tree.ts'

let tree: string

beforeAll(async () => {
  tree = await copyOfTree()
})

afterAll(removeTrees)

type Application = KubernetesObject & {
  spec: { source: { path: string; repoURL: string; kustomize?: { images: string[] } } }
}

const folder = 'clusters/minikube'

async function objectsOf(path: string): Promise<KubernetesObject[]> {
  return (await render(tree, path)).map(({ object }) => object)
}

/** Of a command line tool. */
function version(name: string): string | undefined {
  return releases.find((release) => release.name === name)?.version
}

/** Images that objects name, wherever in them. */
function imagesOf(objects: KubernetesObject[]): string[] {
  return [...JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g)].map(([, image = '']) => image)
}

test('the API server takes all that npm start installs and all that Argo CD syncs, the add-ons too', async () => {
  const folders = ['argo-cd', 'argo-rollouts', 'addons', ''].map((name) => `${folder}/${name}`.replace(/\/$/, ''))
  const { rendered, mistakes } = await check(tree, folders)
  expect(mistakes).toEqual([])
  expect(rendered.length).toBeGreaterThan(100)
})

test('the API server takes what istioctl makes of istio.yaml, with the images of the release', async () => {
  const files = ['base/istio/istio.yaml', `${folder}/istio.yaml`].flatMap((file) => ['--filename', file])
  const { stdout } = await tool('istioctl', ['manifest', 'generate', ...files], { cwd: tree })
  const documents = parseAllDocuments(String(stdout)).map((document) => document.toJS() as KubernetesObject | null)
  const objects = documents.filter((object) => object !== null)
  expect(objects.length).toBeGreaterThan(20)
  const api = new ApiServer(paths.kubeconfig)
  for (const object of objects) expect(await api.refusal(object), nameOf(object)).toBeUndefined()
  await api.close()
  const expected = ['install-cni', 'pilot', 'proxyv2'].map((name) => `docker.io/istio/${name}:${version('istioctl')}`)
  expect([...new Set(imagesOf(objects))].sort()).toEqual(expected)
})

test('every image that is not built from this repository is an official one, by version', async () => {
  const applications = (await objectsOf(folder)).filter(({ kind }) => kind === 'Application') as Application[]
  const own = new RegExp(`^localhost/(${components.join('|')}):\\d`)
  const found: string[] = []
  for (const { spec } of applications) {
    const replaced = new Map((spec.source.kustomize?.images ?? []).map((text) => text.split('=') as [string, string]))
    for (const image of imagesOf(await objectsOf(spec.source.path))) {
      if (own.test(image)) continue
      found.push(replaced.get(image.replace(/:.*/, '')) ?? image)
    }
  }
  expect(new Set(found)).toEqual(
    new Set(['docker.io/library/postgres:17.6-bookworm', 'docker.io/prom/prometheus:v3.16.0']),
  )
})

test('Argo CD and Argo Rollouts run the images of their releases, and the tools have the same versions', async () => {
  const images = async (part: string) => [...new Set(imagesOf(await objectsOf(`${folder}/${part}`)))]
  expect(await images('argo-rollouts')).toEqual([`quay.io/argoproj/argo-rollouts:${version('kubectl-argo-rollouts')}`])
  const argoCd = (await images('argo-cd')).filter((image) => !image.includes('redis'))
  expect(argoCd).toEqual([`quay.io/argoproj/argocd:${version('argocd')}`])
  expect(version('kubectl')).toBe(kubernetesVersion)
})
