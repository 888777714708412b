/** Renders the manifests with kustomize, and checks the rules that keep Argo CD, Argo Rollouts and Istio from conflicting. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { imagesIn, isOfComponent } from '../../cli/images/app-images.ts'
import { shownOnly } from '../../cli/judge/argo-cd.ts'
import { type KubernetesObject, nameOf } from '../../cli/judge/objects.ts'
import { pathsNamed, render, sameObjects } from '../../cli/judge/render.ts'
import { bootstrapFolder, namespace } from '../../cli/settings.ts'
import {
  type Application,
  type AppProject,
  all,
  type Deployment,
  type DestinationRule,
  type Rollout,
  the,
  type VirtualService,
} from '../support/manifests.ts'
import { copyOfTree } from '../support/tree.ts'

type HttpRoute = Omit<VirtualService['spec']['http'][number], 'delegate'>
type PodTemplate = Deployment['spec']['template']
type Autoscaler = KubernetesObject & { spec: { scaleTargetRef: { name: string }; minReplicas: number } }
type Budget = KubernetesObject & { spec: { selector: { matchLabels: Record<string, string> } } }

async function write(tree: string, file: string, content: unknown): Promise<void> {
  await mkdir(join(tree, file, '..'), { recursive: true })
  await writeFile(join(tree, file), typeof content === 'string' ? content : JSON.stringify(content))
}

let tree: string
/** The objects of this repository, by the name of their kustomization. */
const rendered = new Map(
  [...inject('original').rendered].map(([name, items]) => [name, items.map(({ object }) => object)]),
)

beforeAll(async () => {
  tree = await copyOfTree()
})

async function renderObjects(folder: string): Promise<KubernetesObject[]> {
  return (await render(tree, folder)).map(({ object }) => object)
}

function objectsOf(folder: string): KubernetesObject[] {
  const objects = rendered.get(folder)
  if (!objects) throw new Error(`there is no kustomization in ${folder}`)
  return objects
}

const overlays = ['overlays/v1', 'overlays/split', 'overlays/canary']

test.each([
  'overlays/split',
  'overlays/canary',
])('rendering %s names the file of each object, and leaves no annotations of origin', async (folder) => {
  const items = await render(tree, folder)
  expect(new Set(items.map(({ file }) => dirname(file))).size).toBeGreaterThan(1)
  for (const { object, file } of items) {
    const text = await readFile(join(tree, file), 'utf8')
    const inFile = parseAllDocuments(text).map((document) => nameOf(document.toJS() as KubernetesObject))
    // Overlay v1 adds a suffix to a name; components/canary has `service` in place of the service's name.
    const sources = inFile.filter((name) => nameOf(object).startsWith(name.replace('/service', '/web-api')))
    expect(sources, `${nameOf(object)} of ${file}`).not.toEqual([])
    expect(JSON.stringify(object.metadata.annotations ?? {}), nameOf(object)).not.toContain('origin')
  }
})

test('the hook renders only once what several folders include and do not change', async () => {
  const pairs = [...rendered.keys()].map((folder) => [folder, sameObjects(tree, folder)] as const)
  const shared = pairs.filter(([folder, same]) => folder !== same)
  expect(shared.length).toBeGreaterThan(3)
  for (const [folder, same] of shared) expect(await renderObjects(folder), folder).toEqual(objectsOf(same))
})

/** All objects that a cluster's Applications sync. */
function clusterObjects(cluster: string): KubernetesObject[] {
  const applications = all<Application>(objectsOf(`clusters/${cluster}`), 'Application')
  return applications.flatMap(({ spec }) => objectsOf(spec.source.path))
}

/** Whether the pod's own container runs an image by its digest. */
function isDigest({ spec }: PodTemplate | Rollout['spec']['template']): boolean {
  return /@sha256:[\da-f]{64}$/.test(spec.containers[0]?.image ?? '')
}

describe('labels of the pods', () => {
  test.each(['minikube', 'production'])('in %s name app and version, and have the standard labels', (cluster) => {
    const workloads = clusterObjects(cluster).flatMap((object) =>
      podTemplates(object.spec).map(({ metadata }) => ({ object, labels: metadata?.labels ?? {} })),
    )
    expect(workloads.length).toBeGreaterThan(4)
    for (const { object, labels } of workloads) {
      const expected = Object.entries({
        name: labels.app,
        component: expect.stringMatching(/./),
        'part-of': namespace,
        'managed-by': 'argocd',
      })
      for (const [label, value] of expected)
        expect(labels[`app.kubernetes.io/${label}`], `${nameOf(object)} ${label}`).toEqual(value)
      if (object.metadata.namespace === namespace)
        expect(labels, nameOf(object)).toMatchObject({
          app: expect.stringMatching(/./),
          version: expect.stringMatching(/./),
        })
      // The selector of a workload cannot change.
      const { selector } = object.spec as { selector: { matchLabels: Record<string, string> } }
      expect(['app', 'version'], nameOf(object)).toEqual(expect.arrayContaining(Object.keys(selector.matchLabels)))
    }
  })

  test('have values that Kubernetes accepts, as those of all objects', () => {
    const valid = /^$|^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/
    for (const object of [...rendered.values()].flat()) {
      const labelled = [object.metadata, ...podTemplates(object.spec).map(({ metadata }) => metadata)]
      const values = labelled.flatMap((metadata) => Object.values((metadata as { labels?: object }).labels ?? {}))
      for (const value of values) expect(value, nameOf(object)).toMatch(valid)
    }
  })

  test('are not on the volumes of a StatefulSet, which cannot change', () => {
    const sets = all([...rendered.values()].flat(), 'StatefulSet')
    expect(sets.length).toBeGreaterThan(0)
    for (const { spec } of sets)
      expect(JSON.stringify((spec as { volumeClaimTemplates: object[] }).volumeClaimTemplates)).not.toContain('labels')
  })

  test("the label version of every Rollout is its image's tag, or a version beside a digest, and no selector uses it", () => {
    const found = [...rendered].filter(([, objects]) => all(objects, 'Rollout').length > 0)
    expect(found.length).toBeGreaterThan(5)
    for (const [folder, objects] of found) {
      const { selector, template } = the<Rollout>(objects, 'Rollout').spec
      const [, tag] = template.spec.containers[0]?.image.match(/:([^:@]+)$/) ?? []
      expect(template.metadata.labels.version, folder).toMatch(/^\d+\.\d+\.\d+/)
      if (!isDigest(template)) expect(template.metadata.labels.version, folder).toBe(tag)
      const subsets = all<DestinationRule>(objects, 'DestinationRule').flatMap(({ spec }) => spec.subsets)
      const selected = [...Object.keys(selector.matchLabels), ...subsets.flatMap(({ labels }) => Object.keys(labels))]
      expect(selected, folder).not.toContain('version')
    }
  })
})

interface GatewaySpec {
  servers: { port: { number: number }; hosts: string[]; tls?: { httpsRedirect?: boolean; credentialName?: string } }[]
}

const virtualServiceName = 'virtualservice-ingress-web-api-web-app'

/** The VirtualService with the routes that the overlays and Argo Rollouts change. */
const delegateName = 'web-api'

/** Routes of the gateway, with those of the VirtualService to which it delegates. */
function httpRoutes(folder: string): HttpRoute[] {
  const { http } = the<VirtualService>(objectsOf(folder), 'VirtualService', virtualServiceName).spec
  return http.flatMap(({ delegate, ...route }) => {
    if (!delegate) return [route]
    const rest = the<VirtualService>(objectsOf(folder), 'VirtualService', delegate.name).spec.http
    return rest.map((own) => ({ ...route, ...own }))
  })
}

/** Routes to a service; for the others the gateway itself returns the response. */
function servedRoutes(folder: string): HttpRoute[] {
  return httpRoutes(folder).filter(({ route }) => route)
}

function wave({ metadata }: KubernetesObject): number {
  return Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0)
}

describe.each(overlays)('routing in %s', (overlay) => {
  test('reads and writes of the API have the same weights', () => {
    const routes = new Map(servedRoutes(overlay).map(({ name, route }) => [name, route]))
    expect(routes.get('getmultiple')?.every(({ destination }) => destination.subset)).toBe(true)
    expect(routes.get('write')).toEqual(routes.get('getmultiple'))
  })

  test('the mesh retries a request other than a read only when no pod received it', () => {
    const unseen = ['connect-failure', 'refused-stream']
    for (const { name, match, retries, headers } of servedRoutes(overlay)) {
      const isRead = match.every(({ method }) =>
        /^(GET|HEAD)(\|(GET|HEAD))*$/.test(method?.exact ?? method?.regex ?? ''),
      )
      const conditions = retries.retryOn.split(',')
      if (isRead) expect(conditions, name).toEqual(expect.arrayContaining(unseen))
      else expect([...unseen, 'retriable-headers'], name).toEqual(expect.arrayContaining(conditions))
      if (conditions.includes('retriable-headers'))
        expect(headers?.request?.set, name).toEqual({ 'x-envoy-retriable-header-names': 'x-not-received' })
    }
  })

  test('the routes to which the gateway delegates have no headers: Istio would ignore those of the delegating route', () => {
    const { http } = the<VirtualService>(objectsOf(overlay), 'VirtualService', delegateName).spec
    expect(http.filter(({ headers }) => headers)).toEqual([])
  })

  test('Argo CD applies the DestinationRule and the Deployments before the VirtualService', () => {
    const objects = objectsOf(overlay)
    const delegate = the(objects, 'VirtualService', delegateName)
    const before = [...all(objects, 'DestinationRule'), ...all(objects, 'Deployment')]
    for (const object of before) expect(wave(object), nameOf(object)).toBeLessThan(wave(delegate))
    expect(wave(delegate)).toBeLessThan(wave(the(objects, 'VirtualService', virtualServiceName)))
  })
})

describe('one user, one version', () => {
  interface Rewrite {
    pattern: { regex: string }
    substitution: string
  }
  const id = '0123abcd-1111-4111-8111-111111111111'
  const component = '../components/one-user-one-version'
  const routesOf = (objects: KubernetesObject[]) =>
    the<VirtualService>(objects, 'VirtualService', virtualServiceName).spec.http
  const route = (objects: KubernetesObject[], name: string) => {
    const found = routesOf(objects).find((each) => each.name === name)
    if (!found) throw new Error(`there is no route ${name}`)
    return found
  }
  /** What the gateway sets where it has no cookie yet. */
  const cookieOf = (objects: KubernetesObject[]) =>
    route(objects, 'new-user').headers.response.add['set-cookie']?.replace('%REQ(x-request-id)%', id) ?? ''
  /** Whether who has this cookie is known. */
  const knows = (objects: KubernetesObject[], cookie: string) => {
    const { regex = '' } = route(objects, 'known-user').match[0]?.headers.cookie ?? {}
    return new RegExp(`^(?:${regex})$`).test(cookie)
  }
  const envoyFilter = () =>
    the(objectsOf('base/platform'), 'EnvoyFilter', 'one-user-one-version').spec as {
      configPatches: {
        match: { routeConfiguration: { vhost: { route: { name: string } } } }
        patch: { value: { route: { hash_policy: { header: { regex_rewrite: Rewrite } }[] } } }
      }[]
    }

  test('the cookie is known beside others, in its own release and in no other', async () => {
    const objects = objectsOf('overlays/canary-by-user')
    const [cookie = ''] = cookieOf(objects).split(';')
    for (const sent of [cookie, `a=b; ${cookie}`, `${cookie}; a=b`, `a=b; ${cookie};c=d`])
      expect(knows(objects, sent), sent).toBe(true)
    for (const sent of ['a=b', `x${cookie}`, `${cookie}x`, cookie.replace(id, '')])
      expect(knows(objects, sent), sent).toBe(false)
    const label = '- { op: replace, path: /spec/template/metadata/labels/version, value: 2.1.0-rc.1 }'
    const patches = [{ target: { kind: 'Rollout' }, patch: label }]
    await write(tree, 'next/kustomization.yaml', { resources: ['../overlays/canary'], patches })
    await write(tree, 'next-by-user/kustomization.yaml', { resources: ['../next'], components: [component] })
    const released = await renderObjects('next-by-user')
    expect(cookieOf(released)).toMatch(/^web-api-user=:2\.1\.0-rc\.1:0123abcd-/)
    expect(knows(released, cookieOf(released).split(';')[0] ?? '')).toBe(true)
    expect(knows(released, cookie)).toBe(false)
  })

  test('the gateway picks by the number on all of their routes, and reads the same number that it set', () => {
    const names = envoyFilter().configPatches.map(({ match }) => match.routeConfiguration.vhost.route.name)
    const weighted = the<VirtualService>(objectsOf('overlays/canary-by-user'), 'VirtualService', delegateName).spec.http
    // Istio's names for the routes of a delegate.
    const wanted = ['known-user', 'new-user'].flatMap((root) => weighted.map(({ name }) => `${root}-${name}`))
    expect(names).toEqual(wanted)
    const [cookie = ''] = cookieOf(objectsOf('overlays/canary-by-user')).split(';')
    const values = [`a=b; ${cookie}; c=d`, id]
    const numbers = envoyFilter().configPatches.map(({ patch }, index) => {
      const [policy] = patch.value.route.hash_policy
      const { pattern, substitution } = policy?.header.regex_rewrite ?? { pattern: { regex: '' }, substitution: '' }
      const value = values[index < weighted.length ? 0 : 1] ?? ''
      return value.replace(new RegExp(`^${pattern.regex}$`), substitution.replace('\\', '$'))
    })
    expect(new Set(numbers)).toEqual(new Set(['0123abcd']))
  })

  test('where a route has no weights it has another name, because there the EnvoyFilter would break it', () => {
    for (const [folder, objects] of rendered) {
      const routes = all<VirtualService>(objects, 'VirtualService').flatMap(({ spec }) => spec.http)
      if ([...pathsNamed(tree, folder)].some((path) => path.endsWith('/one-user-one-version'))) continue
      for (const { name } of routes) expect(name, folder).not.toMatch(/^(known|new)-user$/)
    }
  })

  test.each(['canary-auto', 'canary-mirror', 'blue-green'])('overlay %s can include it, too', async (overlay) => {
    const resources = [`../overlays/${overlay}`]
    await write(tree, `${overlay}-by-user/kustomization.yaml`, { resources, components: [component] })
    expect(cookieOf(await renderObjects(`${overlay}-by-user`))).toMatch(/^web-api-user=:1\.0\.0:/)
  })
})

describe('the Rollout', () => {
  let objects: KubernetesObject[]
  let rollout: Rollout
  beforeAll(() => {
    objects = objectsOf('overlays/canary')
    rollout = the<Rollout>(objects, 'Rollout')
  })

  test('is applied after the VirtualService and the AnalysisTemplate that it refers to', () => {
    for (const object of [the(objects, 'VirtualService', delegateName), the(objects, 'AnalysisTemplate')])
      expect(wave(object), nameOf(object)).toBeLessThan(wave(rollout))
  })

  test('can replace overlay v1: its subsets first select the pods of version 1, never those of version 2', () => {
    const labelsOf = ({ spec }: Deployment | Rollout) => spec.template.metadata.labels
    const deployment = (name: string) => the<Deployment>(objectsOf('overlays/v1'), 'Deployment', name)
    const { spec } = the<DestinationRule>(objects, 'DestinationRule')
    for (const { labels } of spec.subsets) {
      expect(labelsOf(deployment('web-api-v1'))).toMatchObject(labels)
      expect(labelsOf(rollout)).toMatchObject(labels)
      expect(labelsOf(deployment('web-api-v2'))).not.toMatchObject(labels)
    }
    // Argo Rollouts would remove the other overlay's subsets from a rule that they share.
    const nameIn = (folder: string) => the(objectsOf(folder), 'DestinationRule').metadata.name
    expect(nameIn('overlays/canary')).not.toBe(nameIn('overlays/v1'))
  })
})

test('the pods of web-api are the same in every overlay, except for labels and version', () => {
  const pods = overlays.flatMap((overlay) => {
    const objects = objectsOf(overlay)
    const workloads = [...all<Deployment>(objects, 'Deployment'), ...all<Rollout>(objects, 'Rollout')]
    return workloads.map(({ spec }) => spec.template.spec)
  })
  expect(pods.length).toBeGreaterThan(overlays.length)
  const withoutTag = pods.map((pod) => JSON.parse(JSON.stringify(pod).replaceAll(/(localhost\/web-api):[^"]+/g, '$1')))
  for (const pod of withoutTag) expect(pod).toEqual(withoutTag[0])
})

test('a namePrefix applies to all names that overlay canary refers to', async () => {
  await write(tree, 'prefixed/kustomization.yaml', { namePrefix: 'test-', resources: ['../overlays/canary'] })
  const objects = await renderObjects('prefixed')
  for (const { metadata } of objects) expect(metadata.name).toMatch(/^test-/)
  const { spec } = the<Rollout>(objects, 'Rollout')
  const { analysis, trafficRouting, stableService, canaryService } = spec.strategy.canary
  const { virtualService, destinationRule } = trafficRouting.istio
  the(objects, 'VirtualService', virtualService.name)
  the(objects, 'DestinationRule', destinationRule.name)
  the(objects, 'AnalysisTemplate', analysis.templates[0]?.templateName)
  the(objects, 'ServiceAccount', spec.template.spec.serviceAccountName)
  for (const name of [stableService, canaryService, the<DestinationRule>(objects, 'DestinationRule').spec.host])
    the(objects, 'Service', name)
  const http = all<VirtualService>(objects, 'VirtualService').flatMap(({ spec }) => spec.http)
  expect(http.find(({ delegate }) => delegate)?.delegate?.name).toBe(virtualService.name)
  const hosts = http.flatMap(({ route }) => (route ?? []).map(({ destination }) => destination.host))
  const unprefixed = all(objectsOf('overlays/canary'), 'Service').map(({ metadata }) => metadata.name)
  expect(hosts.filter((host) => host.startsWith('test-')).length).toBeGreaterThan(3)
  expect(hosts.filter((host) => unprefixed.includes(host))).toEqual([])
})

test('another service gets the same canary by one line', async () => {
  await write(tree, 'another/kustomization.yaml', {
    resources: ['../base/authors'],
    components: ['../components/canary'],
  })
  const objects = await renderObjects('another')
  expect(all(objects, 'Deployment')).toEqual([])
  const { spec, metadata } = the<Rollout>(objects, 'Rollout')
  expect([metadata.name, spec.selector.matchLabels, spec.template.spec.serviceAccountName]).toEqual([
    'authors',
    { app: 'authors' },
    'authors',
  ])
  const { analysis, trafficRouting, stableService, canaryService } = spec.strategy.canary
  const { http } = the<VirtualService>(objects, 'VirtualService', trafficRouting.istio.virtualService.name).spec
  for (const { route } of http)
    expect(route.map(({ destination, weight }) => [destination.host, destination.subset, weight])).toEqual([
      ['authors', 'stable', 100],
      ['authors', 'canary', 0],
    ])
  for (const name of [stableService, canaryService])
    expect(the(objects, 'Service', name).spec).toMatchObject({ selector: { app: 'authors' }, ports: [{ port: 3000 }] })
  const rule = the<DestinationRule>(objects, 'DestinationRule', trafficRouting.istio.destinationRule.name)
  expect(rule.spec.host).toBe('authors')
  // Istio uses the trafficPolicy of the older rule.
  expect(wave(the(objects, 'DestinationRule', 'authors'))).toBeLessThan(wave(rule))
  expect(the(objects, 'AnalysisTemplate', analysis.templates[0]?.templateName).spec).toMatchObject({
    args: expect.arrayContaining([{ name: 'service', value: 'authors' }]),
  })
  expect(JSON.stringify(objects)).not.toMatch(/"service(-\w+)?"(?!,"value")/)
})

test.each([
  'minikube',
  'production',
])('Argo CD syncs each folder of %s by the Application of its name, all from one repository', (cluster) => {
  const folder = `clusters/${cluster}`
  const applications = all<Application>(objectsOf(folder), 'Application')
  const synced = applications.map(({ metadata, spec }) => [metadata.name, spec.source.path])
  const parts = [...rendered.keys()].filter((name) => dirname(name) === folder)
  expect(parts.length).toBeGreaterThan(5)
  expect(Object.fromEntries(synced)).toEqual({
    root: folder,
    ...Object.fromEntries(parts.map((part) => [basename(part), part])),
  })
  expect(new Set(applications.map(({ spec }) => spec.source.repoURL)).size).toBe(1)
})

test('no list of an AppProject has a wildcard', () => {
  const projects = all<AppProject>([...rendered.values()].flat(), 'AppProject')
  expect(projects.length).toBeGreaterThan(5)
  for (const { metadata, spec } of projects) {
    // A missing list allows no cluster-scoped kinds, but all namespaced ones.
    const { sourceRepos, destinations, clusterResourceWhitelist = ['none'], namespaceResourceWhitelist } = spec
    const lists = { sourceRepos, destinations, clusterResourceWhitelist, namespaceResourceWhitelist }
    for (const [name, list] of Object.entries(lists)) expect(list, `${metadata.name} ${name}`).not.toHaveLength(0)
    expect(JSON.stringify(lists), metadata.name).not.toContain('*')
  }
})

test('the API server and the hook agree on the kinds that Argo CD shows and never syncs', () => {
  const policy = the(objectsOf('base/argo-cd/shown-only'), 'ValidatingAdmissionPolicy')
  const { matchConstraints } = policy.spec as { matchConstraints: { resourceRules: { resources: string[] }[] } }
  const rejected = matchConstraints.resourceRules.flatMap(({ resources }) => resources)
  expect(rejected.sort()).toEqual(shownOnly.map((kind) => `${kind.toLowerCase()}s`).sort())
})

/** Pod templates anywhere in an object of any kind. */
function podTemplates(value: unknown): PodTemplate[] {
  if (typeof value !== 'object' || value === null) return []
  const { spec } = value as Partial<PodTemplate>
  if (Array.isArray(spec?.containers)) return [value as PodTemplate]
  return Object.values(value).flatMap(podTemplates)
}

/** The objects that Argo CD syncs, without the parts that npm start installs. */
function application(): KubernetesObject[] {
  return [...rendered].flatMap(([folder, objects]) => (folder.startsWith(`${bootstrapFolder}/`) ? [] : objects))
}

describe('pods', () => {
  // The API server's Pod Security admission, kube-score and checkov cover the other rules for pods.
  test('each has its own ServiceAccount', () => {
    const templates = application().flatMap(podTemplates)
    expect(templates.length).toBeGreaterThan(5)
    for (const { metadata, spec } of templates)
      expect(spec.serviceAccountName, JSON.stringify(metadata)).toMatch(/^(?!default$)./)
  })

  test('an update ends no pod without a volume before its successor is ready, and each pod has a preStop hook', () => {
    const deployments = all<Deployment>(application(), 'Deployment')
    for (const object of deployments) {
      const { strategy, template } = object.spec
      // Two pods cannot use one volume at the same time.
      const hasVolume = (template.spec.volumes ?? []).some((volume) => 'persistentVolumeClaim' in volume)
      if (hasVolume) expect(strategy.type, nameOf(object)).toBe('Recreate')
      else expect(strategy.rollingUpdate?.maxUnavailable, nameOf(object)).toBe(0)
    }
    const rollouts = all<Rollout>(application(), 'Rollout')
    for (const { spec } of rollouts) expect(spec.strategy.canary?.maxUnavailable ?? 0).toBe(0)
    for (const object of [...deployments, ...rollouts])
      for (const { lifecycle } of object.spec.template.spec.containers)
        expect(lifecycle?.preStop, nameOf(object)).toBeDefined()
  })
})

test.each([
  'minikube',
  'production',
])('in %s a call of manage needs a token on each port that serves requests', (cluster) => {
  const objects = clusterObjects(cluster)
  const { servers } = the(objects, 'Gateway').spec as GatewaySpec
  // Istio's gateway listens on ports that need no privileges, 8000 above those of the Gateway.
  const serving = servers.filter(({ tls }) => !tls?.httpsRedirect).map(({ port }) => `${port.number + 8000}`)
  const { rules } = the(objects, 'AuthorizationPolicy', 'manage-needs-a-token').spec as {
    rules: { to: { operation: { ports: string[] } }[] }[]
  }
  for (const { to } of rules) for (const { operation } of to) expect(operation.ports).toEqual(serving)
})

describe('clusters/production', () => {
  const objects = () => clusterObjects('production')

  test('has no setting of the cluster on one machine', () => {
    expect(JSON.stringify(objects())).not.toMatch(/192\.168|localhost|git:\/\//)
  })

  test('each service runs an image by digest in several zones, with a HorizontalPodAutoscaler and a PodDisruptionBudget', () => {
    const own = objects().filter(({ metadata }) => metadata.namespace === namespace)
    const workloads = [...all<Deployment>(own, 'Deployment'), ...all<Rollout>(own, 'Rollout')]
    expect(workloads.length).toBeGreaterThan(3)
    for (const { apiVersion, kind, metadata, spec } of workloads) {
      expect(isDigest(spec.template), metadata.name).toBe(true)
      const keys = spec.template.spec.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)
      expect(keys, metadata.name).toContain('topology.kubernetes.io/zone')
      // Argo CD would reset the number that the autoscaler sets.
      expect(spec.replicas, metadata.name).toBeUndefined()
      const scaled = all<Autoscaler>(own, 'HorizontalPodAutoscaler').filter(
        ({ spec }) => spec.scaleTargetRef.name === metadata.name,
      )
      expect(scaled.map(({ spec }) => spec.scaleTargetRef)).toEqual([{ apiVersion, kind, name: metadata.name }])
      expect(scaled[0]?.spec.minReplicas).toBeGreaterThan(1)
      const budgets = all<Budget>(own, 'PodDisruptionBudget').filter(({ spec: { selector } }) =>
        Object.entries(selector.matchLabels).every(([name, value]) => spec.template.metadata.labels[name] === value),
      )
      expect(budgets, metadata.name).toHaveLength(1)
    }
  })

  test('serves one host over TLS with its certificate, and redirects HTTP to HTTPS', () => {
    const { servers } = the(objects(), 'Gateway').spec as GatewaySpec
    const { dnsNames, secretName } = the(objects(), 'Certificate').spec as { dnsNames: string[]; secretName: string }
    const redirects = servers.filter(({ tls }) => tls?.httpsRedirect)
    expect(redirects).toHaveLength(1)
    for (const { tls } of servers.filter((server) => !redirects.includes(server)))
      expect(tls?.credentialName).toBe(secretName)
    for (const { hosts } of servers) expect(hosts).toEqual(dnsNames)
    const { hosts } = the<VirtualService>(objects(), 'VirtualService', virtualServiceName).spec
    expect(hosts).toEqual(dnsNames)
  })

  test('articles may reach its external database by name in the mesh and by address in the network, and nothing else', () => {
    const own = objectsOf('clusters/production/articles')
    expect(own.map(nameOf).join()).not.toContain('articles-db')
    const { hosts, ports } = the(own, 'ServiceEntry').spec as { hosts: string[]; ports: { number: number }[] }
    const [container] = the<Deployment>(own, 'Deployment').spec.template.spec.containers
    expect(container?.env.find(({ name }) => name === 'PGHOST')?.value).toBe(hosts[0])
    const { egress } = the(own, 'NetworkPolicy').spec as { egress: { to: object[]; ports: { port: number }[] }[] }
    expect(egress.flatMap(({ to }) => to.flatMap(Object.keys))).toEqual(['ipBlock'])
    expect(egress.flatMap((rule) => rule.ports.map(({ port }) => port))).toEqual(ports.map(({ number }) => number))
  })
})

test('every image has one version in all manifests', () => {
  const names = [...imagesIn([...rendered.values()].flat())].filter((name) => !isOfComponent(name))
  const repositories = names.map((name) => name.replace(/[:@][^/]*$/, ''))
  expect(names.length).toBeGreaterThan(4)
  expect(new Set(repositories).size, names.join('\n')).toBe(names.length)
})

test('there is no Secret in git', () => {
  expect(all([...rendered.values()].flat(), 'Secret')).toEqual([])
})
