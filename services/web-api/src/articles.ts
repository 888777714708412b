/** Web-api's view of the articles service, with the last list it read to fall back on. */
import { type Article, articleSchema, type Logger, type NewArticle, unavailable } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { Recent } from './recent.ts'
import type { HopHeaders, Upstream } from './upstream.ts'

const listSchema = z.array(articleSchema)

export interface ArticleList {
  articles: Article[]
  /** Their authors' names, each once. */
  authors: string[]
  /** When the list was read, on the clock of `performance.now()`. */
  readAt: number
  /** Whether it is the last list that could be read, and newer ones could not. */
  stale: boolean
}

export class Articles {
  readonly #upstream: Upstream
  readonly #amount: number
  readonly #logger: Logger
  readonly #recent: Recent<ArticleList>
  #last: ArticleList | undefined

  /** Lists hold `amount` articles and are good for `cacheMs` milliseconds. */
  constructor(upstream: Upstream, amount: number, cacheMs: number, logger: Logger) {
    this.#upstream = upstream
    this.#amount = amount
    this.#logger = logger
    this.#recent = new Recent(cacheMs)
  }

  /**
   * The newest articles, newest first; the last list that was read when articles fails. With `anew` it is read for this
   * request: another replica may have created an article of which this one's list does not know.
   * @throws {Problem} 503 when it fails and none was ever read
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
   * Reads a list unless there is one to fall back on already. A pod that knows none would pass on each failure behind it.
   * @throws {Problem} 503 when articles fails
   */
  async ensureFallback(): Promise<void> {
    if (!this.#last) await this.newest({}, false)
  }

  /**
   * Stores an article. Lists read after this have it.
   * @throws {Problem} 503 when articles fails; the article may have been stored nevertheless
   */
  async create(article: NewArticle, headers: HopHeaders): Promise<Article> {
    try {
      const { status, body } = await this.#upstream.post('/articles/v1/create', headers, article)
      if (status === 201) return articleSchema.parse(body)
      throw new Error(`articles answered ${status}`)
    } catch (err) {
      throw unavailable('Articles did not confirm that the article is stored', err)
    } finally {
      this.forget()
    }
  }

  /** Reads the next list anew. The last list stays as a fallback. */
  forget(): void {
    this.#recent.clear()
  }

  async #read(headers: HopHeaders): Promise<ArticleList> {
    const readAt = performance.now()
    const { status, body } = await this.#upstream.get(`/articles/v1/getmultiple?amount=${this.#amount}`, headers)
    if (status !== 200 && status !== 204) throw new Error(`articles answered ${status}`)
    const articles = status === 204 ? [] : listSchema.parse(body)
    const authors = [...new Set(articles.map(({ author }) => author))]
    const list = { articles, authors, readAt, stale: false }
    // A slow answer must not replace one that was asked for later.
    if (!this.#last || this.#last.readAt < readAt) this.#last = list
    return list
  }
}
