import { setTimeout as sleep } from 'node:timers/promises'
import logUpdate from 'log-update'
import { UserError } from '../errors.ts'
import { paths } from '../load/limits.ts'
import { openLoad } from '../load/open-load.ts'
import { failureText, line, table, traceText } from '../load/picture.ts'
import { wantedShares } from '../load/shares.ts'
import { type Shares, Tally } from '../load/tally.ts'
import { checkRunning } from '../minikube/node.ts'
import { pageCommand } from '../options.ts'
import { ports } from '../settings.ts'

/** Seconds that the live picture covers. */
const lookBack = 5

/** @throws {UserError} when the gateway does not answer; an error response is no problem, as users may look for errors */
async function checkGateway(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  await answer?.body?.cancel()
  if (!answer) throw new UserError(`${url} does not answer: see npm run status; was WEB_PORT the same for npm start?`)
}

/** Reads the weights from the cluster again and again, because they change during a canary. */
async function watchShares(route: string, signal: AbortSignal, tell: (shares: Shares | undefined) => void) {
  while (!signal.aborted) {
    tell(await wantedShares(route).catch(() => undefined))
    await sleep(1000, undefined, { signal }).catch(() => {})
  }
}

export interface LoadOptions {
  /** Requests per second. */
  rate: number
  /** Seconds. */
  duration: number
  /** Without it no request has cookies. */
  users?: number
  path: string
  /** Prints the final report as JSON and nothing else. */
  json: boolean
}

/**
 * `npm run load`: sends open load through the gateway and shows each version's share beside its weight, failures, latencies.
 * Ctrl-C ends it early.
 * @throws {UserError} when the path is not one that only reads, or the gateway does not answer
 */
export async function load({ rate, duration, users = 0, path, json }: LoadOptions): Promise<void> {
  const route = paths[path]
  if (!route) throw new UserError(`--path ${path}: must be one that only reads: ${Object.keys(paths).join(' or ')}`)
  await checkRunning()
  const url = `http://127.0.0.1:${ports().web}${path}`
  await checkGateway(url)

  const ended = new AbortController()
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  let shares = await wantedShares(route)
  const watching = watchShares(route, ended.signal, (found) => {
    shares = found
  })

  /** One tally per second, the current one last. */
  let seconds = [new Tally()]
  let before = new Tally()
  const live = process.stdout.isTTY && !json
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000
  let ticks = 0
  const show = () => {
    const recent = Tally.sum(seconds).report()
    const total = Tally.sum([before, ...seconds]).report()
    const failures = failureText(total)
    if (live)
      logUpdate(
        `GET ${url}, ${rate}/s, ${elapsed().toFixed(0)} of ${duration} s; Ctrl-C ends it\n\nThe last ${lookBack} s\n${table(recent, { bars: true })}\n\n` +
          `Since the start: ${total.requests} requests, ${total.failed} failed${failures && ` (${failures})`}`,
      )
    else if (!json && ++ticks % lookBack === 0) console.log(line(elapsed(), recent))
    seconds.push(new Tally())
    before = Tally.sum([before, ...seconds.slice(0, -lookBack)])
    seconds = seconds.slice(-lookBack)
  }
  const picture = setInterval(show, 1000)
  const onAnswer = (answer: Parameters<Tally['add']>[0]) => seconds.at(-1)?.add(answer, shares)
  await openLoad({ url, rate, seconds: duration, users, signal: interrupted.signal, onAnswer })
  clearInterval(picture)
  ended.abort()
  await watching

  const report = Tally.sum([before, ...seconds]).report()
  const measured = Math.round(elapsed() * 10) / 10
  if (json) return console.log(JSON.stringify({ url, rate, seconds: measured, ...report }, null, 2))
  if (live) logUpdate.clear()
  const [failures, traces] = [failureText(report), traceText(report)]
  console.log(
    `GET ${url}, ${rate}/s for ${measured} s${interrupted.signal.aborted ? ', ended early' : ''}\n${table(report)}` +
      (failures && `\n  ${failures}`) +
      (traces &&
        `\n\nThe trace of a failed request, or of the slowest, of the ten a second that start one (${pageCommand('zipkin')} serves it)\n${traces}`),
  )
}
