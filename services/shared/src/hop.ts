/** What a request hands on to the next service, so that one trace and one request id span all of them. */
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

/** Headers for the next hop: W3C trace context, both B3 forms and the request id, as far as the request has them. */
export function hopHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const next: Record<string, string> = {}
  for (const name of propagated) {
    const value = headers[name]
    if (typeof value === 'string') next[name] = value
  }
  return next
}

/** The request id a caller sent, if it is short and harmless in logs and headers, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID()
}

/** The trace id, in hexadecimal digits, whichever of the three notations carries it. */
export function traceIdOf(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent, b3 } = headers
  if (traceparent) return String(traceparent).split('-')[1]
  // A B3 header of one field is a sampling decision ("0", "1", "d") without a trace.
  if (b3) return String(b3).includes('-') ? String(b3).split('-')[0] : undefined
  const long = headers['x-b3-traceid']
  return typeof long === 'string' ? long : undefined
}
