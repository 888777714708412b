/**
 * Reports queries to Zipkin as client spans. The mesh's Envoys report the rest of a trace, but see no queries.
 *
 * Not by OpenTelemetry's packages, because they have deprecated their exporter for Zipkin:
 * https://opentelemetry.io/blog/2025/deprecating-zipkin-exporters
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '@cloud-native-canary/shared'

/** Ends a span, with the error if the operation failed. */
export type EndSpan = (error?: unknown) => void

interface Settings {
  /** Zipkin's base URL; without it no span is reported. */
  url: string | undefined
  /** The host of the database. */
  database: string
  logger: Logger
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: the last bit of the flags says whether the trace is recorded. */
const sampled = /^00-(?<traceId>[\da-f]{32})-(?<parentId>[\da-f]{16})-[\da-f][13579bdf]$/

const microseconds = () => Math.round((performance.timeOrigin + performance.now()) * 1000)

/** Zipkin gets the spans of so many milliseconds together. */
const delay = 500

/** Spans that wait; further ones are dropped. */
const most = 1000

export class Tracer {
  readonly #settings: Settings
  #spans: object[] = []

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Begins the span of a query, if a trace records the request that needs it. */
  start(sql: string, { traceparent = '' }: IncomingHttpHeaders): EndSpan | undefined {
    const trace = this.#settings.url && sampled.exec(String(traceparent))?.groups
    if (!trace) return undefined
    const timestamp = microseconds()
    return (error) =>
      this.#add({
        ...trace,
        id: randomBytes(8).toString('hex'),
        kind: 'CLIENT',
        name: sql.split(' ', 1)[0],
        timestamp,
        duration: Math.max(1, microseconds() - timestamp),
        localEndpoint: { serviceName: 'articles' },
        remoteEndpoint: { serviceName: this.#settings.database },
        tags: {
          'db.system.name': 'postgresql',
          'db.query.text': sql,
          ...(error !== undefined && { error: String(error) }),
        },
      })
  }

  #add(span: object): void {
    if (this.#spans.length === 0) setTimeout(() => this.flush(), delay).unref()
    if (this.#spans.length < most) this.#spans.push(span)
  }

  /** Reports the spans so far. Never rejects: a viewer that is away is no problem of the service. */
  async flush(): Promise<void> {
    const body = JSON.stringify(this.#spans.splice(0))
    const { url, logger } = this.#settings
    if (body === '[]') return
    // The header prevents that Envoy traces this request.
    const headers = { 'content-type': 'application/json', b3: '0' }
    const signal = AbortSignal.timeout(5_000)
    try {
      const answer = await fetch(`${url}/api/v2/spans`, { method: 'POST', headers, body, signal })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`Zipkin returned ${answer.status}`)
    } catch (err) {
      logger.debug({ err }, 'spans are lost')
    }
  }
}
