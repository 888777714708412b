/**
 * The load generator, which runs in a client's pod: reads one order per line of its standard input, and prints one outcome per line.
 * `npm run bench:mesh` bundles and starts it once, so that it is warm in every measurement.
 */
import { createInterface } from 'node:readline'
import { Client } from 'undici'
import { openLoad } from '../../cli/load/open-load.ts'
import { Tally } from '../../cli/load/tally.ts'

/** With a rate: open load. Without: full load, by connections that each send the next request after a response. */
export interface Order {
  url: string
  seconds: number
  /** Requests per second. */
  rate?: number
}

export interface Outcome {
  requests: number
  /** How often each failure occurred. */
  failures: Record<string, number>
  /** How long the load took. */
  seconds: number
  /** Processor time of the load generator in milliseconds. */
  processorMs: number
  latencyMs: { p50: number; p99: number }
}

const connections = 8

/** Sends requests on one connection until the end, a moment of performance.now(). */
async function fill({ origin, pathname, search }: URL, end: number, tally: Tally): Promise<void> {
  const client = new Client(origin)
  while (performance.now() < end) {
    const dueAt = performance.now()
    const { statusCode, body } = await client.request({ method: 'GET', path: pathname + search })
    await body.dump()
    const failure = statusCode === 200 ? undefined : `status ${statusCode}`
    tally.add({ dueAt, latencyMs: performance.now() - dueAt, version: undefined, failure }, undefined)
  }
  await client.close()
}

function load({ url, seconds, rate }: Order, tally: Tally): Promise<unknown> {
  if (rate) return openLoad({ url, rate, seconds, onAnswer: (answer) => tally.add(answer, undefined) })
  const end = performance.now() + seconds * 1000
  return Promise.all(Array.from({ length: connections }, () => fill(new URL(url), end, tally)))
}

async function run(order: Order): Promise<Outcome> {
  const tally = new Tally()
  const [start, before] = [performance.now(), process.cpuUsage()]
  await load(order, tally)
  const { user, system } = process.cpuUsage(before)
  const { requests, failures, latencyMs } = tally.report()
  return {
    requests,
    failures,
    seconds: (performance.now() - start) / 1000,
    processorMs: (user + system) / 1000,
    latencyMs: { p50: latencyMs.p50, p99: latencyMs.p99 },
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await run(JSON.parse(line) as Order)))
}

void main()
