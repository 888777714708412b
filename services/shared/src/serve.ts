/** Runs an application as a process that listens, and that loses no request when it stops. */
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

/** A server that accepts connections, and the responses that it has not finished. */
export interface Listening {
  server: Server
  inFlight: Set<ServerResponse>
}

/**
 * Listens on `HOST` and `PORT`; resolves once the server accepts connections.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(app: RequestListener, lifecycle: Lifecycle, settings: ServeSettings): Promise<Listening> {
  const inFlight = new Set<ServerResponse>()
  const server = createServer((req, res) => {
    inFlight.add(res)
    if (lifecycle.stopping) takeLeave(res)
    res.on('close', () => {
      inFlight.delete(res)
      // When the stop came between the head and the end of the response, no header asked the client to close.
      if (!server.listening) server.closeIdleConnections()
    })
    app(req, res)
  })
  server.keepAliveTimeout = settings.KEEP_ALIVE_TIMEOUT_MS
  // Longer than the keep-alive time-out, else this one would close idle connections. requestTimeout stops a client that
  // sends its headers slowly.
  server.headersTimeout = settings.KEEP_ALIVE_TIMEOUT_MS + 1_000
  server.requestTimeout = 30_000
  server.on('clientError', rejectUnread)
  server.listen(settings.PORT, settings.HOST)
  await once(server, 'listening')
  return { server, inFlight }
}

/** Node's statuses for requests that never reach the application; all others get 400. */
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

// A client that gets this header sends nothing more on the connection, so that closing it loses no request.
function takeLeave(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('connection', 'close')
}

/**
 * Stops in an order that loses no request behind a proxy. The service reports that it is not ready, and keeps serving for
 * the grace period while it closes each connection with its next response. Then it accepts no new connections, closes idle
 * ones, and waits for requests in flight. Resolves to whether all of them finished in time.
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

/** What a service's `main` returns to `run`. */
export interface Running {
  app: RequestListener
  /** Releases the application's resources after the last request. */
  release?: () => Promise<unknown>
}

/**
 * Runs the process: reads the environment, has `main` prepare the application, and serves until SIGTERM or SIGINT ends it
 * with exit code 0. A second signal ends it at once. On mistakes in the environment it prints them and exits with code 1.
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
