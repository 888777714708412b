/**
 * What LISTEN exposes: the Traffic page and the reads that it sends, and nothing else. It forwards them to the gateway, each browser at
 * a limited rate, and reports each response, so that one picture shows all browsers together.
 */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import express, { type Express, type Request, type Response } from 'express'
import { Agent, request } from 'undici'
import type { RoomNews } from './types.ts'

/** Reads per second. The page sends 10 by default, and one more as the browser's own user. */
export const mostReads = { eachBrowser: 12, allBrowsers: 240 }
/** Files per second for each address, which a whole room may share. */
const mostFiles = 120

/** Paths of files and reads. None has a part that could lead elsewhere, such as `..`. */
const exposed = /^\/(traffic|favicon\.svg|assets\/[\w-]+(\.[\w-]+)*|web-api\/v1\/getmultiple)$/
const reads = '/web-api/v1/getmultiple'

/** Headers that a browser's request needs at the gateway. */
const forwarded = ['accept', 'accept-encoding', 'cookie', 'if-none-match', 'user-agent']
/** Headers about a connection, of which the browser has another one, and links that work only on this machine. */
const local = ['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'x-trace-url']

/** A request that would wait longer, in milliseconds, is rejected. The page's own requests never do: it sends six at a time. */
const longestWait = 2000
/** A browser that has sent nothing for so long, in milliseconds, has left. */
const patience = 5000

/** Gives each sender turns at a rate; up to a second's turns may come at once. */
class Turns {
  /** For each sender the time at which its next turn would be due at the full rate, in milliseconds. */
  readonly #due = new Map<string, number>()
  readonly #gap: number

  /** @param rate in turns per second */
  constructor(rate: number) {
    this.#gap = 1000 / rate
  }

  /** The milliseconds until the sender's next turn. Negative when it may go at once. */
  wait(sender: string, now: number): number {
    return Math.max(this.#due.get(sender) ?? 0, now) - 1000 - now
  }

  take(sender: string, now: number): void {
    this.#due.set(sender, Math.max(this.#due.get(sender) ?? 0, now) + this.#gap)
  }

  /** Forgets senders who have left. */
  forget(now: number): void {
    for (const [sender, due] of this.#due) if (due < now - patience) this.#due.delete(sender)
  }

  /** The number of senders. */
  get count(): number {
    return this.#due.size
  }
}

/** How often the room's news are sent, in milliseconds. */
const newsInterval = 200

export interface Room {
  app: Express
  /** For the browsers of the room. */
  url: string
  /** Calls `show` every 200 ms with what came in. @returns a function that ends the subscription */
  subscribe: (show: (news: RoomNews) => void) => () => void
}

/** The number that the URL of a browser's Traffic page has. */
const browserNumber = /[?&]browser=([\w-]{8})(&|$)/

/**
 * The browser that sent a read. The page sends no cookies, but it refers to its URL. Without a number the address counts.
 */
function browserOf(req: Request): string {
  return browserNumber.exec(req.get('referer') ?? '')?.[1] ?? req.socket.remoteAddress ?? ''
}

/** @param gateway the URL to which it forwards, such as `http://127.0.0.1:8080` */
export function createRoom(gateway: string, url: string): Room {
  const browsers = new Turns(mostReads.eachBrowser)
  const addresses = new Turns(mostFiles)
  const all = new Turns(mostReads.allBrowsers)
  const viewers = new Set<(news: RoomNews) => void>()
  const agent = new Agent({ connections: 64 })
  let answers: RoomNews['answers'] = []

  async function forward(req: Request, res: Response): Promise<void> {
    const headers = Object.fromEntries(forwarded.flatMap((name) => (req.get(name) ? [[name, req.get(name)]] : [])))
    const started = performance.now()
    // Reads the whole body, even when the browser leaves: the mesh would count an aborted request as a failure of web-api.
    const answer = await request(`${gateway}${req.path}`, { dispatcher: agent, headers })
    const body = Buffer.from(await answer.body.arrayBuffer())
    // A request with cookies is that of a single user, who may keep a version.
    if (req.path === reads && viewers.size > 0 && !req.get('cookie')) {
      const version = String(answer.headers['x-version'] ?? '')
      answers.push({ version, ok: answer.statusCode < 400, milliseconds: performance.now() - started })
    }
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined && !local.includes(name)) res.setHeader(name, value)
    res.status(answer.statusCode).end(body)
  }

  const refuse = (res: Response, status: number, detail: string) =>
    void res
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ title: 'Not open here', status, detail }))

  const app = express()
  app.disable('x-powered-by')
  app.use(async (req, res) => {
    if (!['GET', 'HEAD'].includes(req.method)) return refuse(res, 405, 'Only the Traffic page is open here.')
    if (req.path === '/') return res.redirect('/traffic')
    if (!exposed.test(req.path)) return refuse(res, 404, 'Only the Traffic page is open here.')
    if (req.path === '/traffic' && !browserNumber.test(req.url))
      return res.redirect(`/traffic?browser=${randomBytes(6).toString('base64url')}`)
    const now = performance.now()
    const [turns, sender] = req.path === reads ? [browsers, browserOf(req)] : [addresses, `${req.socket.remoteAddress}`]
    const wait = Math.max(turns.wait(sender, now), all.wait('', now))
    if (wait > longestWait) return refuse(res, 429, 'Too many requests.')
    turns.take(sender, now)
    all.take('', now)
    if (wait > 0) await delay(wait)
    await forward(req, res).catch((error: Error) => refuse(res, 502, `The gateway does not answer: ${error.message}`))
  })

  const tell = () => {
    const now = performance.now()
    addresses.forget(now)
    browsers.forget(now)
    const news = { browsers: browsers.count, answers }
    answers = []
    for (const show of viewers) show(news)
  }
  const timer = setInterval(tell, newsInterval)
  timer.unref()
  const subscribe = (show: (news: RoomNews) => void) => {
    viewers.add(show)
    return () => void viewers.delete(show)
  }
  return { app, url, subscribe }
}

/** The addresses of this machine, for users who gave another one. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address))
}
