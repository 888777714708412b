/** Requests through the gateway, as a user's browser sends them; most read the list of articles. */
import { request } from 'undici'
import { type Answer, openLoad } from '../../cli/load/open-load.ts'
import { type Report, Tally } from '../../cli/load/tally.ts'
import { ports } from '../../cli/settings.ts'

export const listUrl = `http://127.0.0.1:${ports().web}/web-api/v1/getmultiple`

/** Which version answered one request, and how many articles it listed. */
async function ask(): Promise<{ status: number; version: string; articles: number }> {
  const { statusCode, headers, body } = await request(listUrl)
  const text = await body.text()
  const articles = statusCode === 200 ? (JSON.parse(text) as unknown[]).length : 0
  return { status: statusCode, version: String(headers['x-version']), articles }
}

/** Answers of `count` requests by version, 10 at a time. @throws when one is not 200 */
export async function askMany(count: number): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  for (let sent = 0; sent < count; sent += 10) {
    const batch = await Promise.all(Array.from({ length: 10 }, ask))
    for (const { status, version } of batch) {
      if (status !== 200) throw new Error(`answered ${status}`)
      answers[version] = (answers[version] ?? 0) + 1
    }
  }
  return answers
}

/**
 * Bounds that a binomial count stays within in 99.9 % of all cases, by its normal approximation.
 * @param share from 0 to 1
 */
export function binomialInterval(count: number, share: number): [number, number] {
  const half = 3.29 * Math.sqrt(count * share * (1 - share))
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
