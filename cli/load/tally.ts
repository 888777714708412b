/** Counts the answers to a load by version, beside what the weights asked for. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Answer } from './open-load.ts'

/** Share of the requests that a version is to get, from 0 to 1. */
export type Shares = Record<string, number>

/** Name for answers without a version: the gateway's own, and none at all. */
export const noVersion = 'no version'

interface Count {
  requests: number
  failed: number
  /** Requests that the weights meant for it. */
  wanted: number
  /** Those who keep their cookies, and got an answer of it. */
  users: Set<number>
  /** Microseconds, three digits exact. */
  latencies: RecordableHistogram
}

const newCount = (): Count => ({
  requests: 0,
  failed: 0,
  wanted: 0,
  users: new Set(),
  latencies: createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 }),
})

function addCount(to: Count, { requests, failed, wanted, users, latencies }: Count): void {
  to.requests += requests
  to.failed += failed
  to.wanted += wanted
  for (const user of users) to.users.add(user)
  to.latencies.add(latencies)
}

/** The numbers of a version, and of all together. */
interface Numbers {
  requests: number
  failed: number
  /** How many users met it, of those who keep their cookies. */
  users: number
  /** Percentiles of all answers, failed ones too. */
  latencyMs: { p50: number; p95: number; p99: number }
}

export interface Row extends Numbers {
  version: string
  /** From 0 to 1. */
  share: number
  /** From 0 to 1: the mean of what the weights were; undefined when the cluster did not tell. */
  wanted: number | undefined
  /** From 0 to 1. Together they are more than 1 where users met several versions. */
  userShare: number
}

export interface Report extends Numbers {
  /** How often what went wrong. */
  failures: Record<string, number>
  versions: Row[]
}

export class Tally {
  readonly #versions = new Map<string, Count>()
  readonly #failures = new Map<string, number>()
  /** Requests during which the weights were known. */
  #weighed = 0

  #of(version: string): Count {
    const count = this.#versions.get(version) ?? newCount()
    this.#versions.set(version, count)
    return count
  }

  #fail(failure: string, times: number): void {
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + times)
  }

  /** @param wanted what the weights ask for at this moment; undefined when it is not known */
  add({ latencyMs, version = noVersion, failure, user }: Answer, wanted: Shares | undefined): void {
    const count = this.#of(version)
    count.requests++
    count.latencies.record(Math.max(1, Math.round(latencyMs * 1000)))
    if (user !== undefined) count.users.add(user)
    if (failure !== undefined) {
      count.failed++
      this.#fail(failure, 1)
    }
    if (!wanted) return
    this.#weighed++
    for (const [name, share] of Object.entries(wanted)) this.#of(name).wanted += share
  }

  /** All of these together. */
  static sum(tallies: Tally[]): Tally {
    const sum = new Tally()
    for (const tally of tallies) {
      for (const [version, count] of tally.#versions) addCount(sum.#of(version), count)
      for (const [failure, times] of tally.#failures) sum.#fail(failure, times)
      sum.#weighed += tally.#weighed
    }
    return sum
  }

  /** The counts so far; versions by name, those that neither got nor were to get anything left out. */
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
