/**
 * `npm run bench:scale`: what more services cost the mesh, Argo CD and the hook. `-- 10 100 1000` are the numbers of services.
 *
 * The mesh gets Services and EndpointSlices without pods, and two real pods: one with a Sidecar that names what it calls, one without.
 * Argo CD gets Applications that it compares and does not sync; the hook judges a copy of the tree with as many parts.
 *
 * Needs a running cluster, and leaves it as it was: all that it creates is in namespace bench-scale, or has that label.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import { fail, UserError } from '../cli/errors.ts'
import { filesOf } from '../cli/files.ts'
import { remoteUrl } from '../cli/git/remote.ts'
import type { Verdict } from '../cli/judge/judge.ts'
import { folders, kubernetes } from '../cli/kubernetes.ts'
import { checkRunning } from '../cli/minikube/node.ts'
import { table } from '../cli/table.ts'
import { kubectl } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { JudgedTree } from './support/judging.ts'
import { minutesSince } from './support/time.ts'

const namespace = 'bench-scale'
/** So many objects are applied at once: more would time out. */
const atOnce = 200

const list = (items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1)

/** What a Go program says of itself. */
interface Usage {
  processorSeconds: number
  megabytes: number
}

/** @param selector the labels of the program's only pod @param port of its metrics */
async function usageOf(where: string, selector: string, port: number): Promise<Usage> {
  const name = await kubectl([
    ...['get', 'pods', `--namespace=${where}`, `--selector=${selector}`],
    '--output=jsonpath={.items[0].metadata.name}',
  ])
  const metrics = await kubectl(['get', '--raw', `/api/v1/namespaces/${where}/pods/${name}:${port}/proxy/metrics`])
  const value = (metric: string) => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(metrics)?.[1])
  return {
    processorSeconds: value('process_cpu_seconds_total'),
    megabytes: value('process_resident_memory_bytes') / 1e6,
  }
}

const istiod = () => usageOf('istio-system', 'app=istiod', 15014)
const controller = () => usageOf('argocd', 'app.kubernetes.io/name=argocd-application-controller', 8082)
const repoServer = () => usageOf('argocd', 'app.kubernetes.io/name=argocd-repo-server', 8084)

const spent = (before: Usage, after: Usage) => (after.processorSeconds - before.processorSeconds).toFixed(1)

/** The Envoy of a pod, by the arguments of kubectl exec. */
const envoys = {
  'without Sidecar': ['open', `--namespace=${namespace}`],
  'with Sidecar': ['scoped', `--namespace=${namespace}`],
  gateway: ['deployment/istio-ingressgateway', '--namespace=istio-system'],
}

const askEnvoy = (pod: string[], path: string) =>
  kubectl(['exec', ...pod, '--container=istio-proxy', '--', 'pilot-agent', 'request', 'GET', path])

async function sizeOf(pod: string[]): Promise<string[]> {
  const stats = await askEnvoy(pod, 'stats?filter=^(cluster_manager.active_clusters|server.memory_allocated)$')
  const value = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(stats)?.[1])
  return [String(value('active_clusters')), (value('memory_allocated') / 1e6).toFixed(0)]
}

/** An address of the network for benchmarks (RFC 2544), which nobody has. */
const addressOf = (index: number, last: number) => `198.18.${Math.floor(index / 250)}.${(index % 250) + last}`

function service(index: number, last = 1): object[] {
  const metadata = { name: `s-${index}`, namespace }
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [addressOf(index, last)], conditions: { ready: true } }],
    },
  ]
}

async function apply(objects: object[]): Promise<void> {
  for (let first = 0; first < objects.length; first += atOnce) {
    const input = list(objects.slice(first, first + atOnce))
    await kubectl(['apply', '--server-side', '--filename=-'], { input })
  }
}

/** Waits until the Envoy without a Sidecar has an address. @returns the seconds */
async function reached(address: string, since: number): Promise<string> {
  const has = async () => (await askEnvoy(envoys['without Sidecar'], 'clusters')).includes(`::${address}:80::`)
  await until(`the Envoy to know ${address}`, has, { seconds: 300, intervalMs: 100 })
  return seconds(since)
}

async function measureMesh(count: number, known: number): Promise<string[][]> {
  const before = await istiod()
  const start = performance.now()
  const added = numbers(count).slice(known)
  await apply(added.flatMap((index) => service(index)))
  const all = await reached(addressOf(count - 1, 1), start)
  const after = await istiod()
  const changed = performance.now()
  await apply(service(count - 1, 3))
  const one = await reached(addressOf(count - 1, 3), changed)
  const shared = [all, spent(before, after), after.megabytes.toFixed(0), one]
  const sizes = await Promise.all(Object.values(envoys).map(sizeOf))
  return Object.keys(envoys).map((name, index) => {
    const first = index === 0 ? [String(count), ...shared] : Array(5).fill('')
    return [...first, name, ...(sizes[index] ?? [])]
  })
}

function application(index: number): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `${namespace}-${index}`, namespace: 'argocd', labels: { [namespace]: '' } },
    spec: {
      project: namespace,
      source: { repoURL: remoteUrl, targetRevision: 'refs/heads/main', path: 'base/authors' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
    },
  }
}

const project = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: namespace, namespace: 'argocd', labels: { [namespace]: '' } },
  spec: { sourceRepos: [remoteUrl], destinations: [{ server: 'https://kubernetes.default.svc', namespace }] },
}

type Found = IApplication & { metadata: { annotations?: Record<string, string> } }

/** Waits until Argo CD has compared every Application, and none still has a request to refresh. */
async function compared(since: number): Promise<string> {
  const isDone = ({ status, metadata }: Found) =>
    status?.sync?.status === 'OutOfSync' && !metadata.annotations?.['argocd.argoproj.io/refresh']
  const all = async () =>
    (await kubernetes.list<Found>(`${folders.argoCd}/applications?labelSelector=${namespace}`)).every(isDone)
  await until('Argo CD to compare all Applications', all, { seconds: 900 })
  return seconds(since)
}

async function measureArgoCd(count: number): Promise<string[]> {
  const before = await Promise.all([controller(), repoServer()])
  const start = performance.now()
  await apply(numbers(count).map(application))
  const first = await compared(start)
  const refreshing = performance.now()
  // As after a push: a new commit makes Argo CD render each folder again.
  const request = ['annotate', 'applications', '--namespace=argocd', `--selector=${namespace}`, '--overwrite']
  await kubectl([...request, 'argocd.argoproj.io/refresh=hard'])
  const requested = seconds(refreshing)
  const again = await compared(refreshing)
  const after = await Promise.all([controller(), repoServer()])
  const usages = after.flatMap((usage, index) => [spent(before[index] as Usage, usage), usage.megabytes.toFixed(0)])
  return [String(count), first, requested, again, ...usages]
}

const nameOf = (index: number) => `part-${index}`

/** Adds a part like authors, under another name, to both clusters. */
async function addPart(tree: string, index: number): Promise<void> {
  const name = nameOf(index)
  const own = (path: string) => path.replaceAll('authors', name)
  const folders = ['base', 'clusters/minikube', 'clusters/production'].map((folder) => join(tree, folder, 'authors'))
  for (const path of [join(tree, 'apps/authors.yaml'), ...folders.flatMap(filesOf)]) {
    await mkdir(dirname(own(path)), { recursive: true })
    await writeFile(own(path), own(await readFile(path, 'utf8')))
  }
  const file = join(tree, 'apps/kustomization.yaml')
  const apps = await readFile(file, 'utf8')
  await writeFile(file, apps.replace('  - authors.yaml\n', `  - authors.yaml\n  - ${name}.yaml\n`))
}

/** Times a judgement, which must find no mistake. */
async function timed(judged: Promise<Verdict>): Promise<{ rendered: Verdict['rendered']; took: string }> {
  const start = performance.now()
  const { rendered, mistakes } = await judged
  if (mistakes.length > 0) throw new UserError(`the hook finds: ${JSON.stringify(mistakes[0])}`)
  return { rendered, took: seconds(start) }
}

async function measureHook(count: number): Promise<string[]> {
  const tree = await JudgedTree.make()
  for (const index of numbers(count)) await addPart(tree.folder, index)
  await tree.changes()
  const first = await timed(tree.judgeAll())
  const file = `base/${nameOf(0)}/deployment.yaml`
  const text = await readFile(join(tree.folder, file), 'utf8')
  await writeFile(join(tree.folder, file), text.replace('cpu: 10m', 'cpu: 11m'))
  await tree.changes()
  const second = await timed(tree.judge([file], first.rendered))
  return [String(count), first.took, second.took]
}

async function remove(): Promise<void> {
  const all = ['--ignore-not-found', '--timeout=300s']
  await kubectl(['delete', 'applications,appprojects', '--namespace=argocd', `--selector=${namespace}`, ...all])
  await kubectl(['delete', 'namespace', namespace, ...all])
}

async function run(counts: number[]): Promise<void> {
  const start = performance.now()
  await checkRunning()
  await remove() // of a run that was killed
  try {
    await kubectl(['apply', `--filename=${join(import.meta.dirname, 'bench-scale/mesh.yaml')}`])
    await kubectl(['wait', 'pod', '--all', `--namespace=${namespace}`, '--for=condition=Ready', '--timeout=120s'])
    const rows: string[][] = []
    for (const [index, count] of counts.entries()) {
      console.error(`▸ mesh: ${count} services`)
      rows.push(...(await measureMesh(count, counts[index - 1] ?? 0)))
    }
    await apply([project])
    const compared: string[][] = []
    for (const count of counts) {
      console.error(`▸ Argo CD: ${count} Applications`)
      compared.push(await measureArgoCd(count))
    }
    const judged: string[][] = []
    for (const count of counts) {
      console.error(`▸ hook: ${count} parts`)
      judged.push(await measureHook(count))
    }
    const mesh = ['services', 'all known after s', 'istiod: processor s', 'MB', 'a changed address after s']
    console.log(`${table([[...mesh, 'Envoy', 'clusters', 'MB'], ...rows])}\n`)
    const argoCd = ['Applications', 'compared after s', 'refresh: requested s', 'done s']
    const usage = ['controller: processor s', 'MB', 'repo server: processor s', 'MB']
    console.log(`${table([[...argoCd, ...usage], ...compared])}\n`)
    console.log(`${table([['parts', 'the hook judges all: s', 'one changed Deployment: s'], ...judged])}\n`)
  } finally {
    await remove()
  }
  console.log(minutesSince(start))
}

async function main(): Promise<void> {
  const given = process.argv.slice(2).map(Number)
  if (given.some((count) => !(Number.isInteger(count) && count > 0 && count <= 10_000)))
    throw new UserError('the arguments are numbers of services: npm run bench:scale -- 10 100 1000')
  await run((given.length > 0 ? given : [10, 100, 1000]).toSorted((a, b) => a - b))
}

await main().catch(fail)
