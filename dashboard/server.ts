/**
 * The dashboard's server. It accepts only requests of the user who started it: they have the token of the printed URL, this
 * host, and this page as origin. Other web pages in the same browser cannot send such requests.
 */
import { timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { WebPage } from '../cli/pages.ts'
import { type Actions, type RolloutAction, rolloutActions } from './actions.ts'
import type { View } from './observe.ts'
import type { Room } from './room.ts'
import { type Delivered, type History, type Period, possibleActions } from './types.ts'

/** The server's dependencies on the process that runs it. */
export interface Dependencies {
  token: string
  /** Host and port that requests must have, e.g. `127.0.0.1:8082`. */
  host: string
  /** Folder of the built page. */
  page: string
  actions: Actions
  history: () => Promise<History>
  delivery: (of: Pick<Delivered, 'at' | 'until'>) => Promise<Period>
  /** Web pages that the dashboard links to. */
  links: () => Promise<WebPage[]>
  /** What LISTEN exposes. */
  room?: Pick<Room, 'url' | 'subscribe'>
  /** Calls `show` with the present view and each new one. @returns a function that ends the subscription */
  subscribe: (show: (view: View) => void) => () => void
  /** The present view. */
  current: () => View
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Prometheus keeps a week, in milliseconds. */
const longest = 8 * 24 * 3_600_000

const refuse = (res: Response, status: number, message: string) => void res.status(status).json({ message })

export function createServer(dependencies: Dependencies): Express {
  const { token, host, page, actions, links, subscribe, current } = dependencies
  const app = express()
  app.disable('x-powered-by')
  app.use((req, res, next) => {
    res.set(headers)
    // Rejects another host name (DNS rebinding), and pages of another origin.
    if (req.headers.host !== host) return refuse(res, 403, `the dashboard accepts only requests for ${host}`)
    const { origin = `http://${host}` } = req.headers
    if (origin !== `http://${host}`) return refuse(res, 403, `${origin} may not use the dashboard`)
    next()
  })
  app.use(express.static(page))
  app.get(['/history', '/room'], (_req, res) => res.sendFile(join(page, 'index.html')))
  app.use('/api', (req, res, next) => {
    if (isToken(req.headers.authorization, token)) return next()
    refuse(res, 401, 'open the URL that npm run dashboard printed: it has the token')
  })
  app.get('/api/view', (req, res) => stream(req, res, subscribe))
  app.get('/api/links', async (_req, res) => void res.json(await links()))
  app.get('/api/room', (_req, res) => void res.json({ url: dependencies.room?.url ?? '' }))
  app.get('/api/room/news', (req, res) => stream(req, res, dependencies.room?.subscribe ?? (() => () => {})))
  app.get('/api/history', async (_req, res) => void res.json(await dependencies.history()))
  app.get('/api/history/:at', async (req, res) => {
    const [at, until] = [Number(req.params.at), Number(req.query.until)]
    if (!(at > 0 && until > at && until - at < longest))
      return refuse(res, 400, 'give two times of less than eight days, in milliseconds: /api/history/AT?until=UNTIL')
    res.json(await dependencies.delivery({ at, until }))
  })
  app.get('/api/applications/:name/diff', async (req, res) => {
    res.json({ diff: await actions.diff(knownApplication(req, current())) })
  })
  app.post('/api/applications/:name/sync', async (req, res) => {
    await actions.sync(knownApplication(req, current()))
    res.json({ message: `${req.params.name} is syncing` })
  })
  app.post('/api/rollout/:action', async (req, res) => {
    const action = rolloutActions.find((known) => known === req.params.action)
    if (!action) return refuse(res, 404, `there is no ${req.params.action}`)
    if (!possibleActions(current().delivery?.rollout)[action])
      return refuse(res, 409, `there is nothing to ${action} now`)
    await actions.steer(action)
    res.json({ message: doneInWords[action] })
  })
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) =>
    refuse(res, error instanceof Unknown ? 404 : 502, error.message),
  )
  return app
}

const doneInWords: Record<RolloutAction, string> = {
  promote: 'web-api is promoted',
  abort: 'the release of web-api is aborted',
  retry: 'the release of web-api is retried',
  rollback: 'git asks for the version before',
}

class Unknown extends Error {}

function knownApplication(req: Request<{ name: string }>, { delivery }: View): string {
  const { name } = req.params
  if (delivery?.applications.some((application) => application.name === name)) return name
  throw new Unknown(`there is no Application ${name}`)
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Sends each of the news as a line of JSON until the browser closes the connection. */
function stream<T>(req: Request, res: Response, subscribe: (show: (news: T) => void) => () => void): void {
  res.type('application/x-ndjson').flushHeaders()
  const end = subscribe((news) => res.write(`${JSON.stringify(news)}\n`))
  req.on('close', end)
}
