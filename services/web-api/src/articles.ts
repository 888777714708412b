/** Web-api's client of the articles service, with the last list as a fallback. */
import { type Article, articleSchema, type Logger, type NewArticle, unavailable } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { Recent } from './recent.ts'
import type { HopHeaders, Upstream } from './upstream.ts'

const listSchema = z.array(articleSchema)

export interface ArticleList {
  articles: Article[]
  /** Their authors' names, each once. */
  authors: string[]
  /** Time of the read, by `performance.now()`. */
  readAt: number
  /** Whether this is the fallback, because articles failed. */
  stale: boolean
}

export class Articles {
  readonly #upstream: Upstream
  readonly #amount: number
  readonly #logger: Logger
  readonly #recent: Recent<ArticleList>
  #last: ArticleList | undefined

  /** Lists hold `amount` articles and are cached for `cacheMs` milliseconds. */
  constructor(upstream: Upstream, amount: number, cacheMs: number, logger: Logger) {
    this.#upstream = upstream
    this.#amount = amount
    this.#logger = logger
    this.#recent = new Recent(cacheMs)
  }

  /**
   * The newest articles, newest first; the last list when articles fails. `anew` bypasses the cache, which may lack an
   * article that another replica created.
   * @throws {Problem} 503 when articles fails and there is no earlier list
   */
  async newest(headers: HopHeaders, anew: boolean): Promise<ArticleList> {
    if (anew) this.forget()
    try {
      return await this.#recent.get('newest', () => this.#read(headers))
    } catch (err) {
      this.#logger.warn({ requestId: headers['x-request-id'], err }, 'articles failed')
      if (this.#last) return { ...this.#last, stale: true }
      throw unavailable('The articles are not available, and no earlier list is known', err)
    }
  }

  /**
   * Reads a list unless there is a fallback already. A pod without one would return 503 for every failure of articles.
   * @throws {Problem} 503 when articles fails
   */
  async ensureFallback(): Promise<void> {
    if (!this.#last) await this.newest({}, false)
  }

  /**
   * Stores an article. Later lists contain it.
   * @throws {Problem} 503 when articles fails; articles may have stored the article nevertheless
   */
  async create(article: NewArticle, headers: HopHeaders): Promise<Article> {
    try {
      const { status, body } = await this.#upstream.post('/articles/v1/create', headers, article)
      if (status === 201) return articleSchema.parse(body)
      throw new Error(`articles returned ${status}`)
    } catch (err) {
      throw unavailable('Articles did not confirm that the article is stored', err)
    } finally {
      this.forget()
    }
  }

  /** Clears the cache, so that the next list is read anew. The last list stays as a fallback. */
  forget(): void {
    this.#recent.clear()
  }

  async #read(headers: HopHeaders): Promise<ArticleList> {
    const readAt = performance.now()
    const { status, body } = await this.#upstream.get(`/articles/v1/getmultiple?amount=${this.#amount}`, headers)
    if (status !== 200 && status !== 204) throw new Error(`articles returned ${status}`)
    const articles = status === 204 ? [] : listSchema.parse(body)
    const authors = [...new Set(articles.map(({ author }) => author))]
    const list = { articles, authors, readAt, stale: false }
    // A slow response must not replace that of a later request.
    if (!this.#last || this.#last.readAt < readAt) this.#last = list
    return list
  }
}
