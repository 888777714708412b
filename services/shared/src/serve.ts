/** Runs an application as a process: listens, and stops without losing a request. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { type CommonSettings, ConfigError, readConfig } from './config.ts'
import { createLogger } from './log.ts'
import type { CommonDependencies, Lifecycle } from './service.ts'
import { version } from './version.ts'

type ServeSettings = Omit<CommonSettings, 'LOG_LEVEL'> & { PORT: number }

/** A server that accepts connections, and the answers that it has not finished. */
export interface Listening {
  server: Server
  inFlight: Set<ServerResponse>
}

/**
 * Listens on `HOST` and `PORT`; resolves once connections are accepted.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(app: RequestListener, lifecycle: Lifecycle, settings: ServeSettings): Promise<Listening> {
  const inFlight = new Set<ServerResponse>()
  const server = createServer((req, res) => {
    inFlight.add(res)
    if (lifecycle.stopping) takeLeave(res)
    res.on('close', () => {
      inFlight.delete(res)
      // Its client does not know that it should leave if the stop came between the head and the end of the answer.
      if (!server.listening) server.closeIdleConnections()
    })
    app(req, res)
  })
  server.keepAliveTimeout = settings.KEEP_ALIVE_TIMEOUT_MS
  // Longer than the above, else Node would close an idle connection by the headers' clock. A slow sender of headers
  // is stopped by the limit on the whole request.
  server.headersTimeout = settings.KEEP_ALIVE_TIMEOUT_MS + 1_000
  server.requestTimeout = 30_000
  server.on('clientError', rejectUnread)
  server.listen(settings.PORT, settings.HOST)
  await once(server, 'listening')
  return { server, inFlight }
}

/** Node's own statuses for requests that never reach the application; 400 is for all others. */
const unreadStatus: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

function rejectUnread({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy()
  const status = unreadStatus[code] ?? 400
  const title = STATUS_CODES[status]
  const body = JSON.stringify({ type: 'about:blank', title, status })
  const headers = ['content-type: application/problem+json', `content-length: ${body.length}`, 'connection: close']
  socket.end([`HTTP/1.1 ${status} ${title}`, ...headers, '', body].join('\r\n'))
}

// A client that reads this sends nothing more on the connection, so that closing it cannot cost a request.
function takeLeave(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('connection', 'close')
}

/**
 * Stops in the order that loses nothing behind a proxy: not ready any more, yet serving for the grace period and
 * closing each connection with its next answer; then no new connections, idle ones closed; then wait for what is in
 * flight. Resolves to whether all of it could be finished in time.
 */
export async function stop(listening: Listening, lifecycle: Lifecycle, settings: ServeSettings): Promise<boolean> {
  const { server, inFlight } = listening
  lifecycle.stopping = true
  inFlight.forEach(takeLeave)
  await sleep(settings.SHUTDOWN_GRACE_MS)
  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)))
  const late = sleep(settings.SHUTDOWN_TIMEOUT_MS, false, { ref: false })
  const finished = await Promise.race([closed, late])
  if (!finished) server.closeAllConnections()
  return finished
}

/** What a service's `main` gives to `run`. */
export interface Running {
  app: RequestListener
  /** Releases what the application holds, once nothing is served any more. */
  release?: () => Promise<unknown>
}

/**
 * The life of the process: it reads the environment, `main` prepares the application, SIGTERM or SIGINT ends it with exit
 * code 0. A second signal ends it at once. A mistake in the environment is printed as it is, with exit code 1.
 */
export async function run<Settings extends CommonSettings & { PORT: number }>(
  name: string,
  schema: z.ZodType<Settings>,
  main: (settings: Settings, dependencies: CommonDependencies) => Promise<Running> | Running,
): Promise<void> {
  try {
    const settings = readConfig(schema, process.env)
    const logger = createLogger(name, version, settings.LOG_LEVEL)
    const lifecycle = { stopping: false }
    const { app, release } = await main(settings, { version, logger, lifecycle })
    const listening = await listen(app, lifecycle, settings)
    logger.info({ address: listening.server.address(), node: process.version }, 'listening')
    const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    logger.info({ signal: signal[0] }, 'stopping')
    for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => process.exit(1))
    const finished = await stop(listening, lifecycle, settings)
    await release?.()
    logger.info({ finished }, 'stopped')
    process.exit(finished ? 0 : 1)
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error)
    process.exit(1)
  }
}
