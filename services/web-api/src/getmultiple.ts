/** `GET /web-api/v1/getmultiple` */
import { type Article, answer, hopHeaders, problems, type Route, sendJsonText } from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { ArticleList, Articles } from './articles.ts'
import type { AuthorDetails, Authors } from './authors.ts'
import { itemSchema, toItem } from './item.ts'

const headers = {
  'cache-control': z.string().meta({ description: 'no-store: each answer may come from another version' }),
  'x-stale': z
    .literal('true')
    .optional()
    .meta({ description: 'Present when this is the last list that could be read' }),
  age: z.string().optional().meta({ description: 'Of a stale list: seconds since it was read', example: '12' }),
}

interface Page {
  articles: Article[]
  details: (AuthorDetails | undefined)[]
  /** Both together, as they are sent. */
  json: string
}

function compose({ articles, authors }: ArticleList, details: Page['details']): Page {
  const items = articles.map((article) => toItem(article, details[authors.indexOf(article.author)]))
  return { articles, details, json: JSON.stringify(items) }
}

/** The newest articles with their authors, as many as this version shows. */
export function getmultiple(articles: Articles, authors: Authors): Route {
  // While neither the list nor the authors were read anew the answer is the same text, which most requests can share.
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
        'Version 1 answers 5 articles, version 2 answers 10. Without the authors service their details are empty; ' +
        'without the articles service the last list that could be read is the answer, with `x-stale`. ' +
        'A list is good for a second; a request with `Cache-Control: no-cache` has it read anew.',
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
