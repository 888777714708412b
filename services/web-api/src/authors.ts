/** Web-api's client of the authors service. */
import type { Logger } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { Recent } from './recent.ts'
import type { HopHeaders, Upstream } from './upstream.ts'

const authorSchema = z.object({ blog: z.string(), twitter: z.string() })

export type AuthorDetails = z.output<typeof authorSchema>

export class Authors {
  readonly #upstream: Upstream
  readonly #logger: Logger
  readonly #recent: Recent<AuthorDetails | undefined>

  /** Responses, and the lack of one, are cached for `cacheMs` milliseconds. */
  constructor(upstream: Upstream, cacheMs: number, logger: Logger) {
    this.#upstream = upstream
    this.#logger = logger
    this.#recent = new Recent(cacheMs)
  }

  /** The details of these authors, in this order; undefined for authors without any. Sends the requests in parallel. */
  details(names: string[], headers: HopHeaders): Promise<(AuthorDetails | undefined)[]> {
    return Promise.all(names.map((name) => this.#recent.get(name, () => this.#ask(name, headers))))
  }

  /** Clears the cache. */
  forget(): void {
    this.#recent.clear()
  }

  // Never throws: a list without authors' details is better than none.
  async #ask(name: string, headers: HopHeaders): Promise<AuthorDetails | undefined> {
    const requestId = headers['x-request-id']
    try {
      const answer = await this.#upstream.get(`/api/v1/getauthor?name=${encodeURIComponent(name)}`, headers)
      if (answer.status === 200) return authorSchema.parse(answer.body)
      if (answer.status !== 404) this.#logger.warn({ requestId, name, status: answer.status }, 'authors failed')
    } catch (err) {
      this.#logger.warn({ requestId, name, err }, 'authors did not answer')
    }
    return undefined
  }
}
