/** Requests through the gateway, as a user's browser sends them; most read the list of articles. */
import { request } from 'undici'
import { Cookies } from '../../cli/load/cookies.ts'
import { type Answer, openLoad } from '../../cli/load/open-load.ts'
import { type Report, Tally } from '../../cli/load/tally.ts'
import { ports } from '../../cli/settings.ts'
import { createUrl } from './creates.ts'

export const listUrl = `http://127.0.0.1:${ports().web}/web-api/v1/getmultiple`

/** A user whose browser keeps its cookies, and who may send other headers, too. */
export class User {
  readonly #cookies = new Cookies()
  readonly #headers: Record<string, string>

  constructor(headers: Record<string, string> = {}) {
    this.#headers = headers
  }

  /** Reads the articles. @returns the version that responds @throws when it fails */
  async read(): Promise<string> {
    return this.#send(200, 'GET', listUrl)
  }

  /** Sends a create without a title, which every version rejects. @returns that version @throws when it is not rejected with 400 */
  async create(): Promise<string> {
    return this.#send(400, 'POST', createUrl, '{}')
  }

  async #send(expected: number, method: 'GET' | 'POST', url: string, body?: string): Promise<string> {
    const json = body ? { 'content-type': 'application/json' } : {}
    const headers = { ...this.#headers, ...this.#cookies.header(), ...json }
    const answer = await request(url, { method, headers, ...(body && { body }) })
    this.#cookies.keep(answer.headers)
    await answer.body.dump()
    if (answer.statusCode !== expected) throw new Error(`the response has status ${answer.statusCode}`)
    return String(answer.headers['x-version'])
  }
}

/** Calls `work` with each item, 10 at a time. @returns the results in the order of the items */
export async function each<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let first = 0; first < items.length; first += 10)
    results.push(...(await Promise.all(items.slice(first, first + 10).map(work))))
  return results
}

/** Counts how often each version responded. */
export function countOf(versions: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const version of versions) counts[version] = (counts[version] ?? 0) + 1
  return counts
}

/** That many users without cookies. */
export const newUsers = (count: number, headers?: Record<string, string>) =>
  Array.from({ length: count }, () => new User(headers))

/** Sends `count` reads, each as a new user. @returns the number of responses by version @throws when one is not 200 */
export async function askMany(count: number): Promise<Record<string, number>> {
  return countOf(await each(newUsers(count), (user) => user.read()))
}

/** Does the same with creates. */
export async function createMany(count: number, headers?: Record<string, string>): Promise<Record<string, number>> {
  return countOf(await each(newUsers(count, headers), (user) => user.create()))
}

/** The number of standard deviations on both sides that contain this percentage of all cases. */
const deviations = { 99: 2.58, 99.9: 3.29 }

/**
 * Bounds of a binomial count in so many percent of all cases, by its normal approximation.
 * @param share from 0 to 1
 */
export function binomialInterval(
  count: number,
  share: number,
  percent: keyof typeof deviations = 99.9,
): [number, number] {
  const half = deviations[percent] * Math.sqrt(count * share * (1 - share))
  return [count * share - half, count * share + half]
}

/** Open load on the list of articles. */
export interface Load {
  /** All responses, in the order of the requests, after the last one. */
  ended: Promise<Answer[]>
  /** Ends it now; leaves out requests without a response. */
  stop: () => Promise<Answer[]>
}

/**
 * @param rate requests per second
 * @param seconds after which it ends by itself
 */
export function startLoad(rate: number, seconds = Number.POSITIVE_INFINITY): Load {
  const answers: Answer[] = []
  const stopped = new AbortController()
  const onAnswer = (answer: Answer) => void answers.push(answer)
  const ended = openLoad({ url: listUrl, rate, seconds, signal: stopped.signal, onAnswer }).then(() =>
    answers.sort((one, other) => one.dueAt - other.dueAt),
  )
  const stop = () => {
    stopped.abort()
    return ended
  }
  return { ended, stop }
}

/** Counts and latencies of a load. */
export function reportOf(answers: Answer[]): Report {
  const tally = new Tally()
  for (const answer of answers) tally.add(answer, undefined)
  return tally.report()
}
