/** The log of responses for the Traffic page, in bounded memory. */
import type { Answer } from './api.ts'
import { compareVersions } from './versions.ts'

/** Numbers of last responses over which the page shows shares. */
export const windows = [10, 100, 1000] as const

/** How far back {@link TrafficLog.between} reaches, in seconds. */
export const timelineSeconds = 900

const capacity = 1000

/** The statistics of one version. */
export interface VersionSummary {
  /** Empty for requests without a response from any version. */
  version: string
  /** Share of the last 10, 100 and 1,000 responses (of all, while there are fewer), from 0 to 1; see {@link windows}. */
  shares: readonly number[]
  /** Responses and errors since the start. */
  answers: number
  errors: number
  /** Latency of its successful responses among the last 1,000 of all, in milliseconds; undefined without any. */
  p50: number | undefined
  p95: number | undefined
  /** The worst of its responses with a trace among the last 1,000 of all: the slowest error, else the slowest one. */
  worst: Answer | undefined
}

/** Counts of a time interval. */
export interface Counts {
  answers: number
  errors: number
  byVersion: Map<string, number>
}

/** Ring buffers of the last 1,000 responses and of the last 900 seconds. */
export class TrafficLog {
  #ring: Answer[] = []
  #next = 0
  #totals = new Map<string, { answers: number; errors: number }>()
  #seconds: ({ second: number } & Counts)[] = []

  /** Records a response that arrived at `seconds` of the page's clock, which stands still while paused. */
  record(answer: Answer, seconds: number): void {
    this.#ring[this.#next] = answer
    this.#next = (this.#next + 1) % capacity

    const total = this.#totals.get(answer.version) ?? { answers: 0, errors: 0 }
    this.#totals.set(answer.version, total)
    const counts = this.#countsAt(Math.floor(seconds))
    counts.byVersion.set(answer.version, (counts.byVersion.get(answer.version) ?? 0) + 1)
    for (const each of [total, counts]) {
      each.answers++
      if (!answer.ok) each.errors++
    }
  }

  /** Share of each version among the last `count` responses; empty before the first one. */
  shares(count: number): Map<string, number> {
    const size = Math.min(count, this.#ring.length)
    const shares = new Map<string, number>()
    for (let back = 1; back <= size; back++) {
      const version = this.#ring[(this.#next - back + capacity) % capacity]?.version ?? ''
      shares.set(version, (shares.get(version) ?? 0) + 1 / size)
    }
    return shares
  }

  /** One summary per version that returned a response, sorted by version. */
  summary(): VersionSummary[] {
    const shares = windows.map((count) => this.shares(count))
    return [...this.#totals]
      .map(([version, total]) => {
        const own = this.#ring.filter((answer) => answer.version === version)
        const sorted = own
          .filter((answer) => answer.ok)
          .map((answer) => answer.milliseconds)
          .sort((a, b) => a - b)
        return {
          version,
          shares: shares.map((share) => share.get(version) ?? 0),
          ...total,
          p50: quantile(sorted, 0.5),
          p95: quantile(sorted, 0.95),
          worst: worstOf(own.filter(({ traceUrl }) => traceUrl)),
        }
      })
      .sort((a, b) => compareVersions(a.version, b.version))
  }

  /** Sums the whole seconds from `first` to before `end`; the log drops those older than {@link timelineSeconds}. */
  between(first: number, end: number): Counts {
    const sum: Counts = { answers: 0, errors: 0, byVersion: new Map() }
    for (let second = Math.max(0, first); second < end; second++) {
      const counts = this.#seconds[second % timelineSeconds]
      if (counts?.second !== second) continue
      sum.answers += counts.answers
      sum.errors += counts.errors
      for (const [version, count] of counts.byVersion) {
        sum.byVersion.set(version, (sum.byVersion.get(version) ?? 0) + count)
      }
    }
    return sum
  }

  #countsAt(second: number): Counts {
    const index = second % timelineSeconds
    let counts = this.#seconds[index]
    if (counts?.second !== second) {
      counts = { second, answers: 0, errors: 0, byVersion: new Map() }
      this.#seconds[index] = counts
    }
    return counts
  }
}

function worstOf(answers: Answer[]): Answer | undefined {
  const errors = answers.filter(({ ok }) => !ok)
  const among = errors.length > 0 ? errors : answers
  const slowest = Math.max(...among.map(({ milliseconds }) => milliseconds))
  return among.find(({ milliseconds }) => milliseconds === slowest)
}

/** Nearest-rank quantile of sorted numbers. */
function quantile(sorted: readonly number[], q: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
}
