/**
 * `npm run bench:mesh`: the same request to a pod of authors alone, through a sidecar, through two, and through a gateway with and
 * without features of the mesh; and through Envoys without filters in the same places, the floor. `-- [rounds] [seconds]`
 *
 * Each round measures every path twice: full load of 8 connections for throughput and processor time, then open load at one rate for
 * latencies: a rate near the capacity of a path would measure the load generator, which shares the processors. Numbers are medians of
 * the rounds; so are ratios, each of which compares measurements of one round.
 *
 * Needs a running cluster, and leaves it as it was: all that it creates is in namespace bench-mesh. Takes about 12 minutes.
 */
import { fail, UserError } from '../cli/errors.ts'
import { checkRunning } from '../cli/minikube/node.ts'
import { table } from '../cli/table.ts'
import { until } from '../cli/wait.ts'
import { LoadClient, loadGenerator } from './bench-mesh/client.ts'
import { createNamespace, deleteNamespace, type Feature, useFeatures } from './bench-mesh/cluster.ts'
import { Processes } from './bench-mesh/processor-time.ts'
import { minutesSince } from './support/time.ts'

const request = '/api/v1/getauthor?name=Niklas%20Heidloff'
/** Requests per second at which latencies are measured. Every path carries these on two processors. */
const openRate = 300

/** Where a request passes: the pods of the load generator, of the caller's and the server's Envoys, and of the server. */
interface Way {
  client: 'client' | 'client-sidecar'
  caller?: string
  callee?: string
  server: string
}

interface Path extends Way {
  name: string
  url: string
  /** The container of the Envoys. */
  envoy: 'istio-proxy' | 'floor'
  features: Feature[]
  /** The path of the same way through Envoys without filters. */
  floor?: Path
}

const toSidecar = { callee: 'server-sidecar', server: 'server-sidecar' }
const throughGateway = { client: 'client', caller: 'gateway', ...toSidecar } as const
const withClientSidecar = { client: 'client-sidecar', caller: 'client-sidecar' } as const

const alone: Path = {
  name: 'pod alone',
  client: 'client',
  server: 'server',
  url: 'http://server:3000',
  envoy: 'floor',
  features: [],
}

/** A way through the floor's Envoys. bench-mesh/envoy.yaml has their ports. */
const floor = (name: string, way: Way, url: string): Path => ({
  name: `${name}: floor`,
  ...way,
  url,
  envoy: 'floor',
  features: [],
})

/** The same way through the mesh. */
const mesh = (name: string, url: string, floor: Path, features: Feature[] = []): Path => ({
  ...floor,
  name,
  url,
  envoy: 'istio-proxy',
  features,
  floor,
})

function paths(): Path[] {
  const server = floor("server's sidecar", { client: 'client', ...toSidecar }, 'http://server-sidecar:15181')
  const client = floor("client's sidecar", { ...withClientSidecar, server: 'server' }, 'http://127.0.0.1:15183')
  const both = floor('both sidecars, mTLS', { ...withClientSidecar, ...toSidecar }, 'http://127.0.0.1:15184')
  const gateway = floor('gateway and sidecar, mTLS', throughGateway, 'http://gateway:15184')
  const gatewayUrl = 'http://gateway.bench-mesh.svc.cluster.local'
  const single: Feature[] = ['policies', 'metrics', 'tracing', 'access log']
  const combinations = [...single.map((feature) => [feature]), ['policies', 'metrics'], single] as Feature[][]
  return [
    alone,
    server,
    mesh("server's sidecar", 'http://server-sidecar:3000', server),
    client,
    mesh("client's sidecar", 'http://server:3000', client),
    both,
    mesh('both sidecars, mTLS', 'http://server-sidecar:3000', both),
    gateway,
    mesh('gateway and sidecar, mTLS', gatewayUrl, gateway),
    ...combinations.map((features) => mesh(`  with ${features.join(', ')}`, gatewayUrl, gateway, features)),
  ]
}

interface Measurement {
  /** Requests per second. */
  throughput: number
  /** Milliseconds, at openRate. */
  p50: number
  p99: number
  /** Processor time in milliseconds per 1,000 requests. */
  client: number
  caller: number
  callee: number
  server: number
  /** Requests per second of processor time, without the client's. */
  efficiency: number
}

type Metric = keyof Measurement

class Bench {
  readonly #clients: Record<Way['client'], LoadClient>
  readonly #processes: Processes
  readonly #seconds: number
  readonly #results = new Map<string, Measurement[]>()

  constructor(processes: Processes, seconds: number, signal: AbortSignal) {
    this.#clients = {
      client: new LoadClient('client', signal),
      'client-sidecar': new LoadClient('client-sidecar', signal),
    }
    this.#processes = processes
    this.#seconds = seconds
  }

  async #load({ client, url, name }: Path, seconds: number, rate?: number) {
    const order = { url: url + request, seconds, ...(rate && { rate }) }
    const outcome = await this.#clients[client].run(order)
    const failures = Object.entries(outcome.failures).map(([failure, times]) => `${times} times ${failure}`)
    if (failures.length > 0) throw new UserError(`requests on the path "${name}" failed: ${failures.join(', ')}`)
    return outcome
  }

  /** Waits until the path works, and makes its processes warm. */
  async warmUp(path: Path): Promise<void> {
    let failure = ''
    const works = () =>
      this.#load(path, 0.1, 10).catch((error) => {
        if (!(error instanceof UserError)) throw error
        failure = error.message
        return undefined
      })
    await until(`the path "${path.name}"`, works, { seconds: 60, why: () => failure })
    await this.#load(path, 2)
  }

  async measure(path: Path): Promise<void> {
    const before = await this.#processes.times()
    const full = await this.#load(path, this.#seconds)
    const after = await this.#processes.times()
    const throughput = full.requests / full.seconds
    const open = await this.#load(path, this.#seconds, openRate)
    const perThousand = (ms: number) => (ms / full.requests) * 1000
    const of = (pod: string | undefined, container: string) => {
      const name = `${pod}/${container}`
      return pod ? perThousand((after[name] ?? Number.NaN) - (before[name] ?? Number.NaN)) : 0
    }
    const processors = {
      caller: of(path.caller, path.envoy),
      callee: of(path.callee, path.envoy),
      server: of(path.server, 'authors'),
    }
    const measurement = {
      throughput,
      ...open.latencyMs,
      client: perThousand(full.processorMs),
      ...processors,
      efficiency: 1_000_000 / (processors.caller + processors.callee + processors.server),
    }
    this.#results.set(path.name, [...this.of(path), measurement])
  }

  /** The measurements of a path, one per round. */
  of({ name }: Path): Measurement[] {
    return this.#results.get(name) ?? []
  }

  median(path: Path, metric: Metric): number {
    return median(this.of(path).map((measurement) => measurement[metric]))
  }

  /** How many times as large the metric is on one path as on another. */
  ratio(path: Path, to: Path, metric: Metric): number {
    const others = this.of(to)
    return median(
      this.of(path).map((measurement, round) => measurement[metric] / (others[round]?.[metric] ?? Number.NaN)),
    )
  }
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}

const ratios = ['/pod', '/floor']
const headings = [
  ...['', 'requests/s', ...ratios, 'per processor s', ...ratios, 'p50 ms', 'p99 ms', '/pod'],
  ...['client ms', 'caller', 'sidecar', 'server'],
]

function rowOf(bench: Bench, path: Path): string[] {
  const ratio = (metric: Metric, to: Path | undefined) => (to ? bench.ratio(path, to, metric).toFixed(2) : '')
  const rate = (metric: Metric) => [
    bench.median(path, metric).toFixed(0),
    ratio(metric, alone),
    ratio(metric, path.floor),
  ]
  const latency = [bench.median(path, 'p50').toFixed(2), bench.median(path, 'p99').toFixed(2), ratio('p99', alone)]
  const processor = (metric: Metric) => bench.median(path, metric).toFixed(0)
  return [
    path.name,
    ...[rate('throughput'), rate('efficiency'), latency].flat(),
    ...(['client', 'caller', 'callee', 'server'] as const).map(processor),
  ]
}

/** Measures every path once. Paths with the same features are together. */
async function round(bench: Bench, all: Path[], report: (name: string) => void): Promise<void> {
  let features: Feature[] | undefined
  for (const path of all) {
    if (String(features) !== String(path.features)) await useFeatures(path.features)
    features = path.features
    report(path.name.trim())
    await bench.measure(path)
  }
}

async function run(rounds: number, seconds: number, signal: AbortSignal): Promise<void> {
  const start = performance.now()
  await checkRunning()
  await deleteNamespace() // of a run that was killed
  try {
    await createNamespace(await loadGenerator())
    await useFeatures([])
    const bench = new Bench(await Processes.find(), seconds, signal)
    const all = paths()
    for (const path of all.filter(({ features }) => features.length === 0)) await bench.warmUp(path)
    for (let count = 1; count <= rounds; count++) {
      // In turns, so that what becomes faster or slower meanwhile affects the first paths and the last alike.
      const inTurn = count % 2 === 1 ? all : all.toReversed()
      await round(bench, inTurn, (name) => console.error(`▸ round ${count} of ${rounds}: ${name}`))
    }
    console.log(
      `medians of ${rounds} rounds; each path has full load for ${seconds} s, then ${openRate} requests/s for ${seconds} s`,
    )
    console.log(table([headings, ...all.map((path) => rowOf(bench, path))]))
  } finally {
    await deleteNamespace()
  }
  console.log(minutesSince(start))
}

async function main(): Promise<void> {
  const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number)
  if (!(rounds >= 1 && seconds >= 1)) throw new UserError('the arguments are numbers: npm run bench:mesh -- 5 3')
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())
  await run(rounds, seconds, interrupted.signal).catch((error) => {
    throw interrupted.signal.aborted ? new UserError('interrupted; the namespace bench-mesh is deleted') : error
  })
}

await main().catch(fail)
