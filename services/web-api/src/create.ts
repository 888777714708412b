/** `POST /web-api/v1/create` */
import {
  answer,
  hopHeaders,
  jsonBody,
  newArticleSchema,
  parse,
  problems,
  type Route,
  sendJson,
} from '@cloud-native-canary/shared'
import type { Articles } from './articles.ts'
import type { Authors } from './authors.ts'
import { itemSchema, toItem } from './item.ts'

/** Stores an article. The next list of this pod has it; those of other pods do once their caches expire. */
export function create(articles: Articles, authors: Authors): Route {
  return {
    method: 'post',
    path: '/web-api/v1/create',
    operation: {
      operationId: 'create',
      summary: 'Store an article',
      requestBody: jsonBody(newArticleSchema),
      responses: { 201: answer('The article as it is in the list', itemSchema), ...problems(400, 413, 415, 503) },
    },
    async handle(req, res) {
      const hop = hopHeaders(req.headers)
      const article = await articles.create(parse(newArticleSchema, req.body, 'body'), hop)
      const [details] = await authors.details([article.author], hop)
      sendJson(res.status(201), toItem(article, details))
    },
  }
}
