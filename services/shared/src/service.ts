/** The Express application common to every service: identification, logs, metrics, health, OpenAPI and errors. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client'
import { requestIdOf, traceIdOf } from './hop.ts'
import type { Logger } from './log.ts'
import { Problem, problemHandler, unavailable } from './problem.ts'
import { bodyHandlers, describe, onlyAllow, type Route, sendJson } from './route.ts'

/** Shared by an application and its server: once the server is stopping, the application is not ready. */
export interface Lifecycle {
  stopping: boolean
}

/** What every application needs from the process that runs it. */
export interface CommonDependencies {
  version: string
  logger: Logger
  lifecycle: Lifecycle
}

export interface Service extends CommonDependencies {
  name: string
  /** For the OpenAPI document. */
  description: string
  routes: Route[]
  /** Rejects while the service cannot do its work. */
  ready?: () => Promise<unknown>
  /** Handlers that run before the routes, such as security headers. */
  before?: RequestHandler[]
  /** The service's own metrics, not registered yet; `/metrics` includes them. */
  metrics?: Metric[]
  /** Adds paths that the OpenAPI document leaves out. */
  pages?: (app: Express) => void
}

/** An application that serves the service's routes, `/openapi`, `/health/live`, `/health/ready` and `/metrics`. */
export function createService(service: Service): Express {
  const app = express()
  app.disable('x-powered-by')
  // Responses are small and change often: hashing each for an ETag costs more than it saves.
  app.set('etag', false)
  const registry = new Registry()
  for (const metric of service.metrics ?? []) registry.registerMetric(metric)
  app.use(observe(service, registry), ...(service.before ?? []))
  for (const route of service.routes) {
    const allowed = route.method === 'get' ? ['GET', 'HEAD'] : [route.method.toUpperCase()]
    app
      .route(route.path)
      [route.method](bodyHandlers(route), route.handle)
      .all(onlyAllow(...allowed))
  }
  const document = describe(service.name, service.version, service.description, service.routes)
  page(app, '/openapi', (_req, res) => sendJson(res, document))
  page(app, '/health/live', (_req, res) => sendJson(res, { status: 'live' }))
  page(app, '/health/ready', async (_req, res) => {
    if (service.lifecycle.stopping) throw unavailable('The service is stopping')
    await service.ready?.()
    sendJson(res, { status: 'ready' })
  })
  page(app, '/metrics', async (_req, res) => void res.type(registry.contentType).send(await registry.metrics()))
  service.pages?.(app)
  app.use((req) => {
    throw new Problem(404, `There is no ${req.path} here`)
  })
  app.use(problemHandler)
  return app
}

/** Serves a path for GET and HEAD only. */
export function page(app: Express, path: string, handle: (req: Request, res: Response) => Promise<void> | void): void {
  app.route(path).get(handle).all(onlyAllow('GET', 'HEAD'))
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Sets version and request id on each response, then logs and measures it. One histogram in seconds, with OpenTelemetry's
 * names, has rate, errors and duration; callers cannot add label values.
 */
function observe({ name, version, logger }: Service, registry: Registry): RequestHandler {
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'service_info',
    help: 'Which service this is',
    labelNames: ['service', 'version'],
    registers: [registry],
  })
    .labels(name, version)
    .set(1)
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return (req, res, next) => {
    const start = performance.now()
    const requestId = requestIdOf(req.headers)
    // Written back, so that the next hop gets the id that this service logs.
    req.headers['x-request-id'] = requestId
    res.setHeader('x-request-id', requestId)
    res.setHeader('x-version', version)
    // A handler whose response may be cached overrides this.
    res.setHeader('cache-control', 'no-store')
    res.on('close', () => {
      const seconds = (performance.now() - start) / 1000
      const method = methods.has(req.method) ? req.method : '_OTHER'
      // 499 as in nginx: the client closed the connection before it had the whole response.
      const status = res.writableFinished ? res.statusCode : 499
      duration.labels(method, req.route?.path ?? 'unmatched', String(status)).observe(seconds)
      const path = req.originalUrl.split('?', 1)[0] ?? ''
      // Metrics count successful requests; a log line for each would cost more than many responses do.
      const level = res.locals.error ? 'error' : status < 400 ? 'debug' : 'info'
      const traceId = traceIdOf(req.headers)
      const err = res.locals.error
      logger[level]({ requestId, traceId, method, path, status, ms: Math.round(seconds * 1e6) / 1e3, err }, 'request')
    })
    next()
  }
}
