/** Only connections that the NetworkPolicies list are possible. The probes have no sidecars, so the mesh is not involved. */
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '@playwright/test'
import { runOnNode } from '../../cli/minikube/minikube.ts'
import { namespace, profile, rememberedChoices } from '../../cli/settings.ts'
import { kubectl, kubectlJson } from '../../cli/tools.ts'
import { Probe } from '../support/probes.ts'

const foreign = 'network-policies-test'

/** A destination, and the only callers that may connect to it. */
const places: [hostAndPort: string, callers: string[]][] = [
  ['articles.cloud-native-canary:8080', ['web-api']],
  ['authors.cloud-native-canary:3000', ['web-api']],
  ['web-api.cloud-native-canary:9080', []],
  ['web-app.cloud-native-canary:80', []],
  ['articles-db.cloud-native-canary:5432', ['articles']],
  ['istiod.istio-system:15012', ['articles', 'articles-db', 'authors', 'web-api', 'web-app', foreign]],
  ['istiod.istio-system:15014', []],
  ['argocd-server.argocd:80', [foreign]],
  ['argocd-repo-server.argocd:8081', []],
  ['argocd-redis.argocd:6379', ['argocd-repo-server']],
  ['repository.git:9418', ['argocd-repo-server']],
  ['prometheus.monitoring:9090', []],
  ['argo-rollouts-metrics.argo-rollouts:8090', []],
  ['kubernetes.default:443', [foreign]],
]

async function connections(probe: Probe): Promise<string[]> {
  try {
    const made = await probe.let(places.map(([place]) => ({ method: '', url: `tcp://${place}` })))
    return places.filter((_, index) => made[index]).map(([place]) => place)
  } finally {
    await probe.stop()
  }
}

const listedFor = (caller: string) => places.filter(([, callers]) => callers.includes(caller)).map(([place]) => place)

/** ServiceAccounts, each in its namespace. */
const callers = [
  ...['articles', 'articles-db', 'authors', 'web-api', 'web-app'].map((name) => [name, namespace] as const),
  ['argocd-repo-server', 'argocd'] as const,
  ['default', 'git'] as const, // where the git remote is
]
/** What each of them may connect to. */
let found: string[][]

// Together, because most of the time the probes wait for connections that nothing rejects.
test.beforeAll(async () => {
  const connected = callers.map(async ([caller, place]) =>
    connections(await Probe.start(caller, { hasSidecar: false, in: place })),
  )
  found = await Promise.all(connected)
})

for (const [index, [caller, place]] of callers.entries()) {
  test(`${caller} of ${place} may connect only to the destinations that are listed for it`, () => {
    expect(found[index]).toEqual(listedFor(caller))
  })
}

test('from a namespace without NetworkPolicies a pod reaches only destinations that are open to all', async () => {
  await kubectl(['create', 'namespace', foreign])
  try {
    const probe = await Probe.start('default', { hasSidecar: false, in: foreign })
    expect(await connections(probe)).toEqual(listedFor(foreign))
  } finally {
    await kubectl(['delete', 'namespace', foreign])
  }
})

test('every namespace with pods has a default-deny policy for ingress and egress', async () => {
  const names = await kubectl(['get', 'pods', '--all-namespaces', '--output=jsonpath={.items[*].metadata.namespace}'])
  const found = [...new Set(names.split(' '))]
  expect(found).toContain(namespace)
  const { items } = await kubectlJson<{
    items: { metadata: { namespace: string }; spec: { podSelector: object; policyTypes: string[] } }[]
  }>(['get', 'networkpolicies', '--all-namespaces'])
  const ofAllPods = items.filter(({ spec }) => isDeepStrictEqual(spec.podSelector, {}))
  for (const type of ['Ingress', 'Egress']) {
    const closed = ofAllPods
      .filter(({ spec }) => spec.policyTypes.includes(type))
      .map(({ metadata }) => metadata.namespace)
    expect(closed, type).toEqual(expect.arrayContaining(found))
  }
})

test('pods resolve names outside the cluster, such as that of the node, by Docker', async () => {
  const ask = `require('node:dns').resolve4('${profile}.', (error, found) => console.log(error?.code ?? found.join()))`
  const answer = await kubectl([
    'exec',
    'deployment/authors',
    '--container=authors',
    '--',
    '/nodejs/bin/node',
    '-e',
    ask,
  ])
  expect(answer).toBe(await runOnNode(['hostname', '--ip-address']))
})

test('the CNI plugin releases the address of a pod that is deleted by force', async () => {
  test.skip(rememberedChoices()?.images === 'pulled', "Minikube's own Calico stores addresses elsewhere")
  const probe = await Probe.start('default', { hasSidecar: false })
  const address = await probe.address()
  const isLeased = async () => (await runOnNode(['ls', '/var/lib/cni/networks/calico'])).split('\n').includes(address)
  expect(await isLeased()).toBe(true)
  await probe.stop('--force', '--grace-period=0')
  await expect.poll(isLeased, { timeout: 60_000 }).toBe(false)
})
