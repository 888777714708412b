/** The headers that a service propagates to the next one, so that one trace and one request id span all of them. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const propagated = [
  'x-request-id',
  'traceparent',
  'tracestate',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
] as const

/** Headers for the next hop: those of W3C trace context, both B3 formats and the request id that the request has. */
export function hopHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const next: Record<string, string> = {}
  for (const name of propagated) {
    const value = headers[name]
    if (typeof value === 'string') next[name] = value
  }
  return next
}

/** The caller's request id if it is short and safe in logs and headers, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID()
}

/** The trace id in hexadecimal digits, from any of the three formats. */
export function traceIdOf(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent, b3 } = headers
  if (traceparent) return String(traceparent).split('-')[1]
  // A B3 header with one field is a sampling decision ("0", "1", "d") without a trace.
  if (b3) return String(b3).includes('-') ? String(b3).split('-')[0] : undefined
  const long = headers['x-b3-traceid']
  return typeof long === 'string' ? long : undefined
}
