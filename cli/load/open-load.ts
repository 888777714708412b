/**
 * Open load: requests are sent when it is their time, however late the answers to earlier ones are, and each latency
 * counts from that time. A system that stalls therefore shows in the latencies, not in fewer requests.
 *
 * Clients such as autocannon are closed: each connection waits for its answer before it sends again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Cookies } from './cookies.ts'

/** What became of one request. */
export interface Answer {
  /** When it was to be sent, as performance.now() counts. */
  dueAt: number
  /** Milliseconds from then to the end of the answer. */
  latencyMs: number
  /** Header x-version; absent when the gateway itself answered, or nobody. */
  version: string | undefined
  /** Undefined when all is well, else the status or what went wrong, in a few words. */
  failure: string | undefined
  /** Number of the user whose request it was; absent when nobody keeps cookies. */
  user?: number
}

export interface Load {
  url: string
  /** Requests per second. */
  rate: number
  /** May be Infinity. */
  seconds: number
  /** So many take turns, and each keeps its cookies. Without it every request comes from somebody new. */
  users?: number
  /** Ends the load early; requests without an answer are then left out. */
  signal?: AbortSignal
  /** Gets each answer as it ends. */
  onAnswer: (answer: Answer) => void
}

/** After this a request counts as failed. */
const timeoutMs = 10_000

/** A late system is not given ever more connections: requests wait for one of these, and their latency grows. */
const connections = 256

/** Of a connection that the server closed while a request was on its way. */
const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Keeps no connection. */
const fresh = new Agent({ pipelining: 0 })

/** As browsers do, a GET that finds its kept connection closed is sent again on a new one (RFC 9112, 9.3.1). */
function get(url: string, dispatcher: Agent, cookies: Cookies) {
  const options = { headers: cookies.header(), signal: AbortSignal.timeout(timeoutMs) }
  return request(url, { dispatcher, ...options }).catch((error) => {
    if (closed.has(error.code)) return request(url, { dispatcher: fresh, ...options })
    throw error
  })
}

async function ask(url: string, dispatcher: Agent, cookies: Cookies): Promise<Omit<Answer, 'dueAt' | 'latencyMs'>> {
  try {
    const answer = await get(url, dispatcher, cookies)
    cookies.keep(answer.headers)
    await answer.body.dump()
    const version = answer.headers['x-version']
    return {
      version: typeof version === 'string' ? version : undefined,
      failure: answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`,
    }
  } catch (error) {
    const { name, message } = error as Error
    return { version: undefined, failure: name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : message }
  }
}

/** Sends GET requests at a constant rate; resolves when the last has its answer, or `signal` says so. */
export async function openLoad({ url, rate, seconds, users = 0, signal, onAnswer }: Load): Promise<void> {
  const jars = Array.from({ length: users }, () => new Cookies())
  const dispatcher = new Agent({ connections, pipelining: 1 })
  const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  const start = performance.now()
  const timeOf = (index: number) => start + (index * 1000) / rate
  const unanswered = new Set<Promise<void>>()
  const send = async (index: number) => {
    const dueAt = timeOf(index)
    const user = index % users
    const answer = await ask(url, dispatcher, jars[user] ?? new Cookies())
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
