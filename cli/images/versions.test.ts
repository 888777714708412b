/** Versions that are written a second time, where no program can take them from go.mod. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { calicoTag, istioTag } from '../../cli/images/programs.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')
const goMod = read('go.mod')

/** Required version of a module. Lines of the `tool` block name modules too, without one. */
function version(module: string): string {
  const lines = goMod.split('\n').map((line) => line.trim().split(' '))
  const found = lines.find(([path, version]) => path === module && version?.startsWith('v'))
  expect(found, `${module} in go.mod`).toBeDefined()
  return found?.[1] as string
}

/** The configuration of the whole cluster, as kubeadm reads it. */
const kubeadm = parseAllDocuments(read('node/kubeadm.yaml'))
  .map((document) => document.toJS())
  .find(({ kind }) => kind === 'ClusterConfiguration')

/** Tag that a kustomization gives to an image. */
function tag(file: string, image: string): string {
  return parse(read(file)).images.find(({ newName }: { newName: string }) => newName === image).newTag
}

test.each([
  ['k8s.io/kubernetes', 'node/kubeadm.yaml: kubernetesVersion', () => kubeadm.kubernetesVersion],
  ['go.etcd.io/etcd/server/v3', 'node/kubeadm.yaml: etcd', () => kubeadm.etcd.local.imageTag],
  ['github.com/coredns/coredns', 'node/kubeadm.yaml: dns', () => kubeadm.dns.imageTag],
  [
    'github.com/argoproj/argo-cd/v3',
    'argo-cd/kustomization.yaml',
    () => tag('argo-cd/kustomization.yaml', 'localhost/argocd'),
  ],
  [
    'github.com/argoproj/argo-rollouts',
    'argo-rollouts/kustomization.yaml',
    () => tag('argo-rollouts/kustomization.yaml', 'localhost/argo-rollouts'),
  ],
])('%s has the same version in go.mod and in %s', (module, _, written) => {
  expect(written()).toBe(version(module))
})

test('istio.io/istio is the same commit in go.mod and in istio.yaml', () => {
  const istio = version('istio.io/istio')
  expect(istio).toMatch(/^v0\.0\.0-\d{14}-[0-9a-f]{12}$/)
  const { tag } = parse(read('istio.yaml')).spec
  expect(tag).toBe(`1.31-${istio.split('-').at(-1)}`)
  expect(tag).toBe(istioTag({ Version: istio, Dir: '' }))
})

test('Calico is the same commit in calico/go.mod and in its DaemonSet', () => {
  const [, Version = ''] =
    /^\tgithub.com\/projectcalico\/calico (v0\.0\.0-\d{14}-[0-9a-f]{12}) /m.exec(read('calico/go.mod')) ?? []
  const [container] = parse(read('calico/daemon-set.yaml')).spec.template.spec.containers
  expect(container.image).toBe(`localhost/calico-felix:${calicoTag({ Version, Dir: '' })}`)
})

test.each([
  ['github.com/argoproj/argo-cd/v3'],
  ['github.com/argoproj/argo-rollouts'],
  ['github.com/coredns/coredns'],
  ['go.etcd.io/etcd/server/v3'],
  ['istio.io/istio'],
  ['k8s.io/kubernetes'],
])('%s is what it says: go.mod replaces it by nothing else', (module) => {
  expect(goMod).not.toMatch(new RegExp(`^\\s*(replace )?${module}( v\\S+)? =>`, 'm'))
})
