/** `GET /web-api/v1/getmultiple` */
import { type Article, answer, hopHeaders, problems, type Route, sendJsonText } from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { ArticleList, Articles } from './articles.ts'
import type { AuthorDetails, Authors } from './authors.ts'
import { itemSchema, toItem } from './item.ts'

const headers = {
  'cache-control': z.string().meta({ description: 'no-store: each response may come from another version' }),
  'x-stale': z
    .literal('true')
    .optional()
    .meta({ description: 'Present when articles failed and this is the last list that web-api read' }),
  age: z.string().optional().meta({ description: 'Age of a stale list in seconds', example: '12' }),
}

interface Page {
  articles: Article[]
  details: (AuthorDetails | undefined)[]
  /** The body: both together. */
  json: string
}

function compose({ articles, authors }: ArticleList, details: Page['details']): Page {
  const items = articles.map((article) => toItem(article, details[authors.indexOf(article.author)]))
  return { articles, details, json: JSON.stringify(items) }
}

/** Returns the newest articles with their authors, as many as this version lists. */
export function getmultiple(articles: Articles, authors: Authors): Route {
  // Until web-api reads the list or an author anew the body stays the same, so most requests share it.
  let page: Page | undefined
  const isCurrent = (list: ArticleList, details: Page['details']) =>
    page?.articles === list.articles && details.every((author, index) => author === page?.details[index])

  return {
    method: 'get',
    path: '/web-api/v1/getmultiple',
    operation: {
      operationId: 'getmultiple',
      summary: 'The newest articles and their authors, newest first',
      description:
        'Version 1 returns 5 articles, version 2 returns 10. When the authors service fails, their details are empty; ' +
        'when the articles service fails, web-api returns the last list that it read, with `x-stale`. ' +
        'web-api caches a list for a second; a request with `Cache-Control: no-cache` bypasses the cache.',
      responses: { 200: answer('The articles', z.array(itemSchema), headers), ...problems(503) },
    },
    async handle(req, res) {
      const hop = hopHeaders(req.headers)
      const list = await articles.newest(hop, /\bno-(cache|store)\b/.test(req.headers['cache-control'] ?? ''))
      const details = await authors.details(list.authors, hop)
      if (!page || !isCurrent(list, details)) page = compose(list, details)
      if (list.stale) {
        res.setHeader('x-stale', 'true')
        res.setHeader('age', Math.floor((performance.now() - list.readAt) / 1000))
      }
      sendJsonText(res, page.json)
    },
  }
}
