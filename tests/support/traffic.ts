/** Requests for the list of articles through the gateway, as a user's browser sends them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { ports } from '../../cli/settings.ts'
import { goTool } from './go-tool.ts'

export const listUrl = `http://127.0.0.1:${ports.web}/web-api/v1/getmultiple`

/** Which version answered one request, and how many articles it listed. */
export async function ask(): Promise<{ status: number; version: string; articles: number }> {
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

export interface LoadReport {
  requests: number
  status_codes: Record<string, number>
  errors: string[]
  /** Nanoseconds. */
  latencies: { '50th': number; '99th': number }
}

/**
 * Open load at a constant rate by vegeta: late answers do not slow the requests down.
 * @param rate requests per second
 * @param seconds after which it ends by itself
 * @returns a function that waits for the end and answers the report
 */
export async function startLoad(rate: number, seconds: number): Promise<() => Promise<LoadReport>> {
  const folder = await mkdtemp(join(tmpdir(), 'load-'))
  const results = join(folder, 'results.bin')
  // Compiled at its first use: the load must be there when this function returns.
  await goTool('vegeta', ['-version'])
  // Late answers wait for one of the connections instead of opening ever more of them.
  const bounds = ['-timeout=10s', '-max-connections=256', '-max-body=0']
  const options = [`-rate=${rate}/1s`, `-duration=${seconds}s`, ...bounds, `-output=${results}`]
  const attack = goTool('vegeta', ['attack', ...options], { input: `GET ${listUrl}` })
  return async () => {
    await attack
    const { stdout } = await goTool('vegeta', ['report', '-type=json', results])
    await rm(folder, { recursive: true })
    return JSON.parse(String(stdout)) as LoadReport
  }
}

export interface Answer {
  /** When it was asked for, in milliseconds. */
  at: number
  status: number
  version: string
}

/**
 * A steady stream of requests, as many users make it: late answers do not slow it down.
 * @param rate requests per second
 * @returns a function that ends it and gives the answers in the order of the questions
 */
export function startTraffic(rate: number): () => Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  const start = performance.now()
  const timer = setInterval(() => {
    // As many as are due by now: timers come late on a busy machine.
    const due = ((performance.now() - start) / 1000) * rate
    while (answers.length < due) {
      const at = performance.now()
      answers.push(ask().then(({ status, version }) => ({ at, status, version })))
    }
  }, 10)
  return () => {
    clearInterval(timer)
    return Promise.all(answers)
  }
}
