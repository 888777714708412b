/** Client of web-api. All requests go to the origin that served the page and bypass the browser's cache. */

import type { CreateData, GetmultipleData, GetmultipleResponse, NewArticle, Problem } from './web-api.gen.ts'

/** A response of `getmultiple`. */
export interface ArticleList {
  articles: GetmultipleResponse
  /** Version of web-api that returned the list; empty without an `x-version` header. */
  version: string
  /** The articles service failed, and web-api returned the last list that it had read. */
  stale: boolean
  /** Age of a stale list in seconds; undefined without an `age` header. */
  ageSeconds: number | undefined
}

/** One response as the Traffic page counts it. */
export interface Answer {
  /** Version of web-api that returned it; empty for a network failure or a response of the gateway itself. */
  version: string
  /** Whether the status was 2xx. */
  ok: boolean
  /** From sending the request until the last byte of the body, in milliseconds. */
  milliseconds: number
  /** Where its trace can be seen; undefined when the cluster records none. */
  traceUrl?: string | undefined
}

/** A request that failed; `message` is a sentence for the user. */
export class ApiError extends Error {
  /** Messages by field of the request's body, from the problem details of a 400. */
  readonly fields: Readonly<Record<string, string>>
  /** Messages without a field. */
  readonly others: readonly string[]

  constructor(message: string, fields: Record<string, string> = {}, others: string[] = []) {
    super(message)
    this.name = 'ApiError'
    this.fields = fields
    this.others = others
  }
}

const articlesUrl: GetmultipleData['url'] = '/web-api/v1/getmultiple'
const createUrl: CreateData['url'] = '/web-api/v1/create'

/** Longer than any time-out between the services, so that the gateway returns an error with a reason first. */
const timeoutMilliseconds = 15_000

/** Reads the articles, newest first. Throws {@link ApiError}. */
export async function getArticles(): Promise<ArticleList> {
  const response = await request(articlesUrl)
  if (!response.ok) throw await failure(response, 'The articles could not be read.')
  const articles: unknown = await response.json().catch(() => undefined)
  if (!Array.isArray(articles)) throw new ApiError('The response was not a list of articles.')
  const age = response.headers.get('age')
  return {
    articles,
    version: response.headers.get('x-version') ?? '',
    stale: response.headers.get('x-stale') === 'true',
    ageSeconds: age === null || Number.isNaN(Number(age)) ? undefined : Number(age),
  }
}

/** Creates an article. Throws {@link ApiError}, with messages by field when web-api rejected the input. */
export async function createArticle(article: NewArticle): Promise<void> {
  const response = await request(createUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(article),
  })
  if (!response.ok) throw await failure(response, 'The article could not be created.')
}

/**
 * Starts a trace, because the mesh records only some of those that nobody starts (base/tracing/telemetry.yaml).
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
function traceparent(): string {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0'))
  return `00-${digits.slice(0, 16).join('')}-${digits.slice(16).join('')}-01`
}

/**
 * Sends one `getmultiple` and measures it. Never throws: a request without an answer is one that failed.
 * @param cookies `omit`: it neither sends nor keeps any, as if somebody new asked; a page can be nobody else, because no
 * script may choose the cookies of a request
 */
export async function probe(cookies: 'omit' | 'same-origin'): Promise<Answer> {
  const started = performance.now()
  let version = ''
  let ok = false
  let traceUrl: string | undefined
  try {
    const response = await fetch(articlesUrl, {
      credentials: cookies,
      headers: { traceparent: traceparent() },
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    version = response.headers.get('x-version') ?? ''
    traceUrl = response.headers.get('x-trace-url') ?? undefined
    // The browser reuses the connection only after the whole body is read.
    await response.arrayBuffer()
    ok = response.ok
  } catch {
    ok = false
  }
  return { version, ok, milliseconds: performance.now() - started, traceUrl }
}

async function request(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, cache: 'no-store', signal: AbortSignal.timeout(timeoutMilliseconds) })
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
    throw new ApiError(
      timedOut ? `No response within ${timeoutMilliseconds / 1000} seconds.` : 'The server cannot be reached.',
    )
  }
}

/** Turns problem details (RFC 9457), or any other failed response, into an {@link ApiError}. */
async function failure(response: Response, summary: string): Promise<ApiError> {
  const problem: Partial<Problem> = (await response.json().catch(() => undefined)) ?? {}
  const reason = problem.detail ?? problem.title ?? `Status ${response.status}`
  const fields: Record<string, string> = {}
  const others: string[] = []
  for (const { pointer = '', detail } of problem.errors ?? []) {
    // A field such as `#/title`, or the whole body, `#`.
    const field = pointer.replace(/^#\/?/, '')
    if (field) fields[field] ??= detail
    else others.push(detail)
  }
  return new ApiError(`${summary} ${reason.replace(/\.?$/, '.')}`, fields, others)
}
