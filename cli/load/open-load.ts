/**
 * Open load: sends each request when it is due, however late earlier responses are, and measures its latency from that
 * time. A system that stalls therefore causes long latencies, not fewer requests.
 *
 * Clients such as autocannon generate closed load: each connection waits for its response before it sends again.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Cookies } from './cookies.ts'

/** The outcome of one request. */
export interface Answer {
  /** When the request was due, in milliseconds of performance.now(). */
  dueAt: number
  /** Milliseconds from then to the end of the response. */
  latencyMs: number
  /** Header x-version; undefined when the gateway itself responded, or no server did. */
  version: string | undefined
  /** The status or the error, in a few words; undefined on success. */
  failure: string | undefined
  /** Where its trace can be seen; absent for most requests, and without apps/options/tracing. */
  traceUrl?: string
  /** Number of the user who sent the request; absent when users keep no cookies. */
  user?: number
}

export interface Load {
  url: string
  /** Requests per second. */
  rate: number
  /** May be Infinity. */
  seconds: number
  /** So many users take turns, and each keeps its cookies. Without it every request comes from a new user. */
  users?: number
  /** Headers of each request. */
  headers?: Record<string, string>
  /** Ends the load early; the load then leaves out requests without a response. */
  signal?: AbortSignal
  /** Receives the outcome of each request. */
  onAnswer: (answer: Answer) => void
}

/** A request that takes longer has failed. */
const timeoutMs = 10_000

/** So many requests per second start a trace: those of all would slow down a mesh that records traces. */
const tracesPerSecond = 10

/** https://www.w3.org/TR/trace-context/#traceparent-header, with the flag that makes the mesh record the trace. */
const traceparent = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`

/** When the system is slow, requests wait for one of these connections, and their latency grows. */
const connections = 256

/** Errors of a connection that the server closed while a request was in flight. */
const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Opens a new connection for each request. */
const fresh = new Agent({ pipelining: 0 })

/** Sends a GET, and sends it again on a new connection if the kept one is closed, as browsers do (RFC 9112, 9.3.1). */
function get(url: string, dispatcher: Agent, headers: Record<string, string>) {
  const options = { headers, signal: AbortSignal.timeout(timeoutMs) }
  return request(url, { dispatcher, ...options }).catch((error) => {
    if (closed.has(error.code)) return request(url, { dispatcher: fresh, ...options })
    throw error
  })
}

async function ask(
  url: string,
  dispatcher: Agent,
  cookies: Cookies,
  headers: Record<string, string>,
): Promise<Omit<Answer, 'dueAt' | 'latencyMs'>> {
  try {
    const answer = await get(url, dispatcher, { ...headers, ...cookies.header() })
    cookies.keep(answer.headers)
    await answer.body.dump()
    const { 'x-version': version, 'x-trace-url': traceUrl } = answer.headers
    return {
      version: typeof version === 'string' ? version : undefined,
      failure: answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`,
      // The gateway sends the URL with every response.
      ...(headers.traceparent && typeof traceUrl === 'string' && { traceUrl }),
    }
  } catch (error) {
    const { name, message } = error as Error
    return { version: undefined, failure: name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : message }
  }
}

/** Sends GET requests at a constant rate; resolves after the last response, or when `signal` aborts. */
export async function openLoad({ url, rate, seconds, users = 0, headers = {}, signal, onAnswer }: Load): Promise<void> {
  const jars = Array.from({ length: users }, () => new Cookies())
  const dispatcher = new Agent({ connections, pipelining: 1 })
  const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  const start = performance.now()
  const timeOf = (index: number) => start + (index * 1000) / rate
  const unanswered = new Set<Promise<void>>()
  const tracedOf = Math.ceil(rate / tracesPerSecond)
  const send = async (index: number) => {
    const dueAt = timeOf(index)
    const user = index % users
    const trace = index % tracedOf === 0 && { traceparent: traceparent() }
    const answer = await ask(url, dispatcher, jars[user] ?? new Cookies(), { ...headers, ...trace })
    if (!signal?.aborted)
      onAnswer({ ...answer, dueAt, latencyMs: performance.now() - dueAt, ...(users > 0 && { user }) })
  }
  for (let index = 0; index < rate * seconds && !signal?.aborted; index++) {
    const wait = timeOf(index) - performance.now()
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {})
    if (signal?.aborted) break
    const sent = send(index).finally(() => unanswered.delete(sent))
    unanswered.add(sent)
  }
  await Promise.race([Promise.all(unanswered), stopped])
  await dispatcher.destroy()
}
