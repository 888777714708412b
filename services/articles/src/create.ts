/** `POST /articles/v1/create` */
import {
  answer,
  articleSchema,
  jsonBody,
  newArticleSchema,
  parse,
  problems,
  type Route,
  sendJson,
} from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { Database } from './database.ts'
import { add } from './store.ts'

/** Stores an article. */
export function create(database: Database): Route {
  return {
    method: 'post',
    path: '/articles/v1/create',
    operation: {
      operationId: 'create',
      summary: 'Store an article',
      requestBody: jsonBody(newArticleSchema),
      responses: {
        201: answer('The stored article', articleSchema, {
          location: z.string().meta({ description: 'Path of the article' }),
        }),
        ...problems(400, 413, 415, 503),
      },
    },
    async handle(req, res) {
      const article = await add(database, parse(newArticleSchema, req.body, 'body'), req.headers)
      sendJson(res.status(201).location(`/articles/v1/getone?id=${article.id}`), article)
    },
  }
}
