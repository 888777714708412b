/** Compares versions that are in several files, because no program can read them from one file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kubernetesVersion } from '../minikube/minikube.ts'
import { options } from '../options.ts'
import { root } from '../settings.ts'
import { built as builtImages } from './built.ts'
import { calicoTag, istioTag } from './programs.ts'
import { minikubeRelease, releases } from './releases.ts'

const built = join(import.meta.dirname, 'built')
const goMod = readFileSync(join(built, 'go.mod'), 'utf8')
const calicoGoMod = readFileSync(join(built, 'calico/go.mod'), 'utf8')
const kialiGoMod = readFileSync(join(built, 'kiali/go.mod'), 'utf8')

/** Required version of a module. Lines of the `tool` block name modules without a version. */
function module(Path: string, text = goMod) {
  const lines = text.split('\n').map((line) => line.trim().split(' '))
  const [, Version = ''] = lines.find(([path, version]) => path === Path && version?.startsWith('v')) ?? []
  expect(Version, `${Path} in go.mod`).not.toBe('')
  return { Path, Version, Dir: '' }
}

const release = (name: string) =>
  releases
    .find((found) => found.name === name)
    ?.version.split('/')
    .at(-1)

const clusters = join(root, 'clusters')
const manifests = readdirSync(clusters, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(join(clusters, file), 'utf8'))
  .join('\n')

/** Versions that a pattern finds in the manifests of all clusters. */
function written(pattern: RegExp): string[] {
  return [...new Set([...manifests.matchAll(pattern)].map(([, version = '']) => version))]
}

test.each([
  ['k8s.io/kubernetes', () => [kubernetesVersion]],
  ['k8s.io/minikube', () => [minikubeRelease.version]],
  ['sigs.k8s.io/kustomize/kustomize/v5', () => [release('kustomize')]],
  ['github.com/argoproj/argo-cd/v3', () => [release('argocd')]],
  ['github.com/argoproj/argo-rollouts', () => [release('kubectl-argo-rollouts')]],
])('built and pulled images have the same version of %s', (path, pulled) => {
  for (const version of pulled()) expect(version).toBe(module(path).Version)
})

test.each([
  ['argocd', /argoproj\/argo-cd\/\/\S*\?ref=([\w.]+)/g],
  ['argocd', /quay\.io\/argoproj\/argocd\b.*\n\s+newTag: ([\w.]+)/g],
  ['kubectl-argo-rollouts', /argoproj\/argo-rollouts\/\/\S*\?ref=([\w.]+)/g],
  ['kubectl-argo-rollouts', /quay\.io\/argoproj\/argo-rollouts\b.*\n\s+newTag: ([\w.]+)/g],
  ['istioctl', /istio\/istio\/([\w.]+)\/samples/g],
])('%s has the version of the manifests: %s', (tool, pattern) => {
  expect(written(pattern)).toEqual([release(tool)])
})

test('built Istio is from a commit of the release line of pulled images', () => {
  const istio = module('istio.io/istio')
  expect(istio.Version).toMatch(/^v0\.0\.0-\d{14}-[0-9a-f]{12}$/)
  expect(release('istioctl')).toMatch(new RegExp(`^${istioTag(istio).split('-')[0]}\\.\\d+$`))
})

test("Calico's DaemonSet names the commit of calico/go.mod", () => {
  const calico = module('github.com/projectcalico/calico', calicoGoMod)
  expect(calico.Version).toMatch(/^v0\.0\.0-\d{14}-[0-9a-f]{12}$/)
  expect(written(/localhost\/calico-felix:(\S+)/g)).toEqual([calicoTag(calico)])
})

test.each([
  ['kiali', /^quay\.io\/kiali\/kiali:v\d+\.\d+\.\d+$/],
  ['zipkin', /^docker\.io\/openzipkin\/zipkin-slim:\d+\.\d+\.\d+$/],
] as const)('built %s has the name of the official image, with the version in base/', (option, name) => {
  expect(options[option].image).toMatch(name)
})

test('status prints the real version of a built Kiali', () => {
  const { Version } = module('github.com/kiali/kiali', kialiGoMod)
  expect(builtImages.differences.join('\n')).toContain(
    `Kiali, when git enables it: ${Version.slice(1).replace(/\.0$/, '')},`,
  )
})

test.each([
  ['github.com/argoproj/argo-cd/v3'],
  ['github.com/argoproj/argo-rollouts'],
  ['github.com/coredns/coredns'],
  ['github.com/kiali/kiali'],
  ['github.com/projectcalico/calico'],
  ['go.etcd.io/etcd/server/v3'],
  ['istio.io/istio'],
  ['k8s.io/kubernetes'],
  ['k8s.io/minikube'],
])('no go.mod replaces %s', (path) => {
  expect(goMod + calicoGoMod + kialiGoMod).not.toMatch(new RegExp(`^\\s*(replace )?${path}( v\\S+)? =>`, 'm'))
})
