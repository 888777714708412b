/** HTTP client for the other services, with connections and time-outs. It does not retry: the mesh does. */
import { Pool } from 'undici'

export type HopHeaders = Record<string, string>

export interface Answer {
  status: number
  /** Parsed JSON; undefined where there is no body. */
  body: unknown
}

/** Keep-alive connections to one service; a request times out after `timeout` milliseconds. */
export class Upstream {
  readonly #pool: Pool
  readonly #timeout: number

  constructor(url: string, timeout: number) {
    this.#pool = new Pool(url, { connections: 64, keepAliveTimeout: 30_000 })
    this.#timeout = timeout
  }

  /** @throws when there is no complete response in time, or its body is not valid JSON */
  get(path: string, headers: HopHeaders): Promise<Answer> {
    return this.#request('GET', path, headers)
  }

  /** Sends `body` as JSON. @throws like `get`; the request may have taken effect nevertheless */
  post(path: string, headers: HopHeaders, body: unknown): Promise<Answer> {
    return this.#request('POST', path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))
  }

  /** Closes the connections after the requests in flight. */
  close(): Promise<void> {
    return this.#pool.close()
  }

  async #request(method: 'GET' | 'POST', path: string, headers: HopHeaders, body?: string): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#timeout)
    const response = await this.#pool.request({ method, path, headers, signal, ...(body !== undefined && { body }) })
    const text = await response.body.text()
    const isJson = /^application\/(.+\+)?json\b/.test(String(response.headers['content-type']))
    return { status: response.statusCode, body: isJson && text ? JSON.parse(text) : undefined }
  }
}
