/** Renders the manifests with kustomize, and checks the rules that keep Argo CD, Argo Rollouts and Istio from conflicting. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { shownOnly } from '../../cli/judge/argo-cd.ts'
import { type KubernetesObject, nameOf } from '../../cli/judge/objects.ts'
import { isFromOutside, kustomizations, render } from '../../cli/judge/render.ts'
import { rootsIn } from '../../cli/judge/systems.ts'
import { clusterFolder, namespace } from '../../cli/settings.ts'
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

async function write(tree: string, file: string, content: unknown): Promise<void> {
  await mkdir(join(tree, file, '..'), { recursive: true })
  await writeFile(join(tree, file), typeof content === 'string' ? content : JSON.stringify(content))
}

let tree: string
/** The objects of this repository, by the folder of their kustomization. */
const rendered = new Map<string, KubernetesObject[]>()
let folders: string[]

beforeAll(async () => {
  tree = await copyOfTree()
  folders = await kustomizations(tree)
  for (const folder of folders.filter((name) => !isFromOutside(name))) rendered.set(folder, await renderObjects(folder))
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

describe('rendering', () => {
  test('names the file of each object, through overlays and components, and leaves no annotations of origin', async () => {
    const origins = (await render(tree, 'overlays/split')).map(({ object, file }) => [nameOf(object), file])
    expect(Object.fromEntries(origins)).toMatchObject({
      'Service/web-api': 'base/web-api/service.yaml',
      'VirtualService/virtualservice-ingress-web-api-web-app': 'base/web-api/virtual-service.yaml',
      'DestinationRule/web-api': 'overlays/v1/destination-rule.yaml',
      'Deployment/web-api-v2': 'overlays/v1/deployments.yaml',
    })
    const annotations = objectsOf('overlays/split').map(({ metadata }) => JSON.stringify(metadata.annotations ?? {}))
    expect(annotations.join()).not.toContain('origin')
  })
})

/** All objects that a cluster's Applications sync. */
function clusterObjects(cluster: string): KubernetesObject[] {
  const applications = all<Application>(objectsOf(`clusters/${cluster}`), 'Application')
  return applications.flatMap(({ spec }) => objectsOf(spec.source.path))
}

describe('labels of the pods', () => {
  const imageOf = ({ spec }: Rollout) => spec.template.spec.containers[0]?.image ?? ''

  test.each(['minikube', 'production'])('of the services in %s name app and version', (cluster) => {
    const own = clusterObjects(cluster).filter(({ metadata }) => metadata.namespace === namespace)
    const templates = own.flatMap((object) =>
      podTemplates(object.spec).map((template) => ({ name: nameOf(object), template })),
    )
    expect(templates.length).toBeGreaterThan(3)
    for (const { name, template } of templates) {
      const { app, version } = template.metadata?.labels ?? {}
      expect({ app, version }, name).toEqual({ app: expect.stringMatching(/./), version: expect.stringMatching(/./) })
    }
  })

  test("the label version of every Rollout is its image's tag, and no selector uses it", () => {
    for (const overlay of [
      'overlays/canary',
      'overlays/canary-auto',
      'overlays/canary-by-user',
      'overlays/canary-mirror',
      'overlays/blue-green',
    ]) {
      const rollout = the<Rollout>(objectsOf(overlay), 'Rollout')
      expect(rollout.spec.template.metadata.labels.version).toBe(imageOf(rollout).split(':').at(-1))
      expect(JSON.stringify(rollout.spec.selector)).not.toContain('version')
      const subsets = all<DestinationRule>(objectsOf(overlay), 'DestinationRule').flatMap(({ spec }) => spec.subsets)
      expect(subsets.flatMap(({ labels }) => Object.keys(labels))).not.toContain('version')
    }
  })

  test('a Rollout with a digest has a version as its label', () => {
    const rollout = the<Rollout>(objectsOf('clusters/production/web-api'), 'Rollout')
    expect(imageOf(rollout)).toMatch(/@sha256:[\da-f]{64}$/)
    expect(rollout.spec.template.metadata.labels.version).toMatch(/^\d+\.\d+\.\d+$/)
  })
})

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

  test('a DestinationRule for the host has every subset that a route uses', () => {
    const rules = all<DestinationRule>(objectsOf(overlay), 'DestinationRule')
    const known = rules.flatMap(({ spec }) => spec.subsets.map(({ name }) => `${spec.host} ${name}`))
    const used = servedRoutes(overlay).flatMap(({ route }) =>
      route.flatMap(({ destination: { host, subset } }) => (subset ? [`${host} ${subset}`] : [])),
    )
    expect(used.length).toBeGreaterThan(0)
    expect(known).toEqual(expect.arrayContaining(used))
  })

  test('the mesh retries a POST only when no pod received it, and a GET also when no response has begun', () => {
    const unseen = 'connect-failure,refused-stream'
    const unanswered = `${unseen},reset-before-request,gateway-error`
    const found = servedRoutes(overlay).map(({ name, retries }) => [name, retries.retryOn])
    const expected = { getmultiple: unanswered, openapi: unanswered, write: unseen, 'web-app': unanswered }
    expect({ testers: unseen, ...Object.fromEntries(found) }).toEqual({ testers: unseen, ...expected })
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
  const component = '../overlays/one-user-one-version'
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

  test('the cookie is for the API alone, for no script and no other site, and it ends', () => {
    const [, ...attributes] = cookieOf(objectsOf('overlays/canary-by-user')).split('; ')
    expect(attributes).toEqual(['Path=/web-api/v1/', 'Max-Age=2592000', 'HttpOnly', 'SameSite=Lax'])
  })

  test('it is known beside others, in its own release and in no other', async () => {
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

  test('testers come first, and whoever else asks the API goes by the same weights', () => {
    const objects = objectsOf('overlays/canary-by-user')
    const names = routesOf(objects).map(({ name }) => name)
    expect(names.slice(names.indexOf('testers'))).toEqual(expect.arrayContaining(['known-user', 'new-user']))
    expect(names).not.toContain('api')
    for (const name of ['known-user', 'new-user']) expect(route(objects, name).delegate).toEqual({ name: delegateName })
    expect(the(objects, 'VirtualService', delegateName)).toEqual(
      the(objectsOf('overlays/canary'), 'VirtualService', delegateName),
    )
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
      if (folder === 'overlays/canary-by-user') continue
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

  test('loses no request: it never has fewer pods, and keeps old ones while Envoys may still use them', () => {
    const { maxUnavailable, scaleDownDelaySeconds, abortScaleDownDelaySeconds } = rollout.spec.strategy.canary
    expect(maxUnavailable).toBe(0)
    expect(scaleDownDelaySeconds).toBeGreaterThanOrEqual(30)
    expect(abortScaleDownDelaySeconds).toBeGreaterThanOrEqual(30)
    expect(rollout.spec.replicas).toBeGreaterThan(1)
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
    const names = overlays.map((overlay) => the(objectsOf(overlay), 'DestinationRule').metadata.name)
    expect(names).toEqual(['web-api', 'web-api', 'web-api-canary'])
  })
})

test('the pods of web-api are the same in every overlay, except for labels and version', () => {
  const pods = overlays.flatMap((overlay) => {
    const objects = objectsOf(overlay)
    const workloads = [...all<Deployment>(objects, 'Deployment'), ...all<Rollout>(objects, 'Rollout')]
    return workloads.map(({ spec }) => spec.template.spec)
  })
  expect(pods).toHaveLength(5)
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
  const served = http.filter(({ route }) => route)
  const hosts = served.map(({ name, route }) => [name, ...new Set(route.map(({ destination }) => destination.host))])
  expect(hosts.sort()).toEqual([
    ['getmultiple', 'test-web-api'],
    ['openapi', 'test-web-api'],
    ['testers', 'test-web-api-canary'],
    ['web-app', 'web-app'], // another part, which this build does not contain
    ['write', 'test-web-api'],
  ])
})

describe('Argo CD', () => {
  test('applies only objects that differ, and never keeps whole live lists', () => {
    for (const { metadata, spec } of all<Application>(objectsOf(clusterFolder), 'Application')) {
      const { syncOptions } = spec.syncPolicy
      expect(syncOptions, metadata.name).toContain('ApplyOutOfSyncOnly=true')
      expect(syncOptions.join(), metadata.name).not.toContain('RespectIgnoreDifferences')
    }
  })

  test('no list of an AppProject has a wildcard', () => {
    const roots = [...rootsIn(tree, folders).values()].flat().map(({ object }) => object)
    const projects = all<AppProject>([...[...rendered.values()].flat(), ...roots], 'AppProject')
    expect(new Set(projects.map(({ metadata }) => metadata.name))).toEqual(
      new Set(['root', 'addons', 'cloud-native-canary', 'kiali', 'monitoring', 'platform', 'tracing']),
    )
    for (const { metadata, spec } of projects) {
      // A missing list allows no cluster-scoped kinds, but all namespaced ones.
      const { sourceRepos, destinations, clusterResourceWhitelist = ['none'], namespaceResourceWhitelist } = spec
      const lists = { sourceRepos, destinations, clusterResourceWhitelist, namespaceResourceWhitelist }
      for (const [name, list] of Object.entries(lists)) expect(list, `${metadata.name} ${name}`).not.toHaveLength(0)
      expect(JSON.stringify(lists), metadata.name).not.toContain('*')
    }
  })
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
  return [...rendered].flatMap(([folder, objects]) => (folder.startsWith(`${clusterFolder}/`) ? [] : objects))
}

describe('pods', () => {
  // The API server's Pod Security admission, kube-score and checkov cover the other rules for pods.
  test('each has its own ServiceAccount', () => {
    const templates = application().flatMap(podTemplates)
    expect(templates.length).toBeGreaterThan(5)
    for (const { metadata, spec } of templates)
      expect(spec.serviceAccountName, JSON.stringify(metadata)).toMatch(/^(?!default$)./)
  })

  test('an update ends no pod before its successor is ready, and each pod has a preStop hook', () => {
    const deployments = all<Deployment>(application(), 'Deployment')
    const rollouts = all<Rollout>(objectsOf('overlays/canary'), 'Rollout')
    for (const { spec } of deployments) expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0)
    for (const object of [...deployments, ...rollouts])
      for (const { lifecycle } of object.spec.template.spec.containers)
        expect(lifecycle?.preStop, nameOf(object)).toBeDefined()
  })
})

describe('clusters/production', () => {
  const parts = ['articles', 'authors', 'web-api', 'web-app']
  const everything = () =>
    [...rendered].flatMap(([folder, own]) => (folder.startsWith('clusters/production/') ? own : []))

  test('has Applications for its own folders only', () => {
    const applications = all<Application>(objectsOf('clusters/production'), 'Application')
    expect(applications.map(({ spec }) => spec.source.path).sort()).toEqual(
      ['mesh', 'monitoring', 'platform', ...parts].map((part) => `clusters/production/${part}`).sort(),
    )
    expect(JSON.stringify([...objectsOf('clusters/production'), ...everything()])).not.toMatch(
      /192\.168|localhost|git:\/\//,
    )
  })

  test.each(
    parts,
  )('%s runs an image by digest in several zones, with a HorizontalPodAutoscaler and a PodDisruptionBudget', (part) => {
    const objects = objectsOf(`clusters/production/${part}`)
    const [workload] = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'Rollout')
    const { replicas, template } = workload?.spec as { replicas?: number; template: PodTemplate }
    expect(template.spec.containers.map(({ image }) => image).join()).toMatch(
      /^registry\.example\.com\/.*@sha256:[\da-f]{64}$/,
    )
    expect(JSON.stringify(template)).toContain('topology.kubernetes.io/zone')
    expect(replicas).toBeUndefined()
    const { spec } = the(objects, 'HorizontalPodAutoscaler')
    expect(spec).toMatchObject({
      scaleTargetRef: { apiVersion: workload?.apiVersion, kind: workload?.kind, name: workload?.metadata.name },
      minReplicas: 3,
    })
    expect(the(objects, 'PodDisruptionBudget').spec).toMatchObject({ selector: { matchLabels: { app: part } } })
  })

  test('serves one host, over TLS with its certificate, and redirects HTTP to HTTPS', () => {
    const { spec } = the(objectsOf('clusters/production/mesh'), 'Gateway')
    const certificate = the(objectsOf('clusters/production/platform'), 'Certificate').spec as Record<string, unknown>
    const hosts = certificate.dnsNames
    const credentialName = certificate.secretName
    expect(spec).toMatchObject({
      servers: [
        { port: { number: 80 }, hosts, tls: { httpsRedirect: true } },
        { port: { number: 443, protocol: 'HTTPS' }, hosts, tls: { mode: 'SIMPLE', credentialName } },
      ],
    })
    expect(the(objectsOf('clusters/production/web-api'), 'VirtualService', virtualServiceName).spec).toMatchObject({
      hosts,
    })
  })

  test('manage needs a token on the port where TLS ends', () => {
    const policy = the(objectsOf('clusters/production/platform'), 'AuthorizationPolicy', 'manage-needs-a-token')
    expect(JSON.stringify(policy.spec)).toContain('"ports":["8443"]')
  })

  test('articles may reach its external database by name in the mesh and by address in the network, and nothing else', () => {
    const objects = objectsOf('clusters/production/articles')
    expect(objects.map(nameOf).join()).not.toContain('articles-db')
    const [host] = (the(objects, 'ServiceEntry').spec as { hosts: string[] }).hosts
    const { spec } = the<Deployment>(objects, 'Deployment')
    expect(JSON.stringify(spec.template)).toContain(JSON.stringify({ name: 'PGHOST', value: host }))
    expect(the(objects, 'NetworkPolicy').spec).toMatchObject({
      egress: [{ to: [{ ipBlock: {} }], ports: [{ port: 5432 }] }],
    })
  })
})

test('there is no Secret in git', () => {
  expect(all([...rendered.values()].flat(), 'Secret')).toEqual([])
})
