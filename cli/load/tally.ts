/** Counts the responses to a load by version, and compares them with the weights. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Answer } from './open-load.ts'

/** The share of the requests that each version should get, from 0 to 1. */
export type Shares = Record<string, number>

/** Name for requests without a version: the gateway itself responded, or no server did. */
export const noVersion = 'no version'

/** The trace of one request. */
interface Trace {
  url: string
  failure: string | undefined
  latencyMs: number
}

interface Count {
  requests: number
  failed: number
  /** Requests that the version should have got by the weights. */
  wanted: number
  /** Users who keep their cookies, and got a response from the version. */
  users: Set<number>
  /** Microseconds, exact to three digits. */
  latencies: RecordableHistogram
  /** That of the slowest failed request, else of the slowest one. */
  worst: Trace | undefined
}

const newCount = (): Count => ({
  requests: 0,
  failed: 0,
  wanted: 0,
  users: new Set(),
  latencies: createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 }),
  worst: undefined,
})

function worse(one: Trace | undefined, other: Trace | undefined): Trace | undefined {
  if (!one || !other) return one ?? other
  if ((one.failure === undefined) !== (other.failure === undefined)) return one.failure === undefined ? other : one
  return other.latencyMs > one.latencyMs ? other : one
}

function addCount(to: Count, { requests, failed, wanted, users, latencies, worst }: Count): void {
  to.requests += requests
  to.failed += failed
  to.wanted += wanted
  for (const user of users) to.users.add(user)
  to.latencies.add(latencies)
  to.worst = worse(to.worst, worst)
}

/** The numbers of one version, or of all together. */
interface Numbers {
  requests: number
  failed: number
  /** Number of users, of those who keep their cookies. */
  users: number
  /** Percentiles of all requests, including failed ones. */
  latencyMs: { p50: number; p95: number; p99: number }
}

export interface Row extends Numbers {
  version: string
  /** From 0 to 1. */
  share: number
  /** From 0 to 1: the mean weight over the requests; undefined when the weights are unknown. */
  wanted: number | undefined
  /** From 0 to 1. The sum is more than 1 when users got several versions. */
  userShare: number
  /** The trace to look at: that of the slowest failed request, else of the slowest one. Absent without traces. */
  worst: Trace | undefined
}

export interface Report extends Numbers {
  /** How often each failure occurred. */
  failures: Record<string, number>
  versions: Row[]
}

export class Tally {
  readonly #versions = new Map<string, Count>()
  readonly #failures = new Map<string, number>()
  /** Requests for which the weights were known. */
  #weighed = 0

  #of(version: string): Count {
    const count = this.#versions.get(version) ?? newCount()
    this.#versions.set(version, count)
    return count
  }

  #fail(failure: string, times: number): void {
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + times)
  }

  /** @param wanted the shares by the weights at this moment; undefined when they are unknown */
  add({ latencyMs, version = noVersion, failure, traceUrl, user }: Answer, wanted: Shares | undefined): void {
    const count = this.#of(version)
    count.requests++
    count.latencies.record(Math.max(1, Math.round(latencyMs * 1000)))
    if (user !== undefined) count.users.add(user)
    if (traceUrl) count.worst = worse(count.worst, { url: traceUrl, failure, latencyMs })
    if (failure !== undefined) {
      count.failed++
      this.#fail(failure, 1)
    }
    if (!wanted) return
    this.#weighed++
    for (const [name, share] of Object.entries(wanted)) this.#of(name).wanted += share
  }

  /** The sum of several tallies. */
  static sum(tallies: Tally[]): Tally {
    const sum = new Tally()
    for (const tally of tallies) {
      for (const [version, count] of tally.#versions) addCount(sum.#of(version), count)
      for (const [failure, times] of tally.#failures) sum.#fail(failure, times)
      sum.#weighed += tally.#weighed
    }
    return sum
  }

  /** The counts so far, sorted by version; without versions that neither got requests nor should have. */
  report(): Report {
    const total = newCount()
    for (const count of this.#versions.values()) addCount(total, count)
    const numbers = ({ requests, failed, users, latencies }: Count): Numbers => {
      const percentile = (percent: number) => (requests === 0 ? 0 : latencies.percentile(percent) / 1000)
      const latencyMs = { p50: percentile(50), p95: percentile(95), p99: percentile(99) }
      return { requests, failed, users: users.size, latencyMs }
    }
    const row = (version: string, count: Count): Row => ({
      version,
      share: count.requests / Math.max(1, total.requests),
      wanted: this.#weighed > 0 ? count.wanted / this.#weighed : undefined,
      userShare: count.users.size / Math.max(1, total.users.size),
      worst: count.worst,
      ...numbers(count),
    })
    const versions = [...this.#versions]
      .filter(([, { requests, wanted }]) => requests > 0 || wanted > 0)
      .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
      .map(([version, count]) => row(version, count))
    const failures = Object.fromEntries([...this.#failures].sort(([, one], [, other]) => other - one))
    return { ...numbers(total), failures, versions }
  }
}
