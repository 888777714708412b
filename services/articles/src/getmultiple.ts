/** `GET /articles/v1/getmultiple?amount=N` */
import {
  answer,
  articleSchema,
  integerParameter,
  parse,
  problems,
  type Route,
  sendJson,
} from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { Database } from './database.ts'
import { newest } from './store.ts'

const querySchema = z.object({
  amount: integerParameter(1, 100, 10, 'Maximum number of articles'),
})

/** Returns the newest articles, or status 204 when there is none. */
export function getmultiple(database: Database): Route {
  return {
    method: 'get',
    path: '/articles/v1/getmultiple',
    operation: {
      operationId: 'getmultiple',
      summary: 'The newest articles, newest first',
      requestParams: { query: querySchema },
      responses: {
        200: answer('The articles', z.array(articleSchema).min(1)),
        204: answer('There is no article'),
        ...problems(400, 503),
      },
    },
    async handle(req, res) {
      const { amount } = parse(querySchema, req.query, 'query')
      const articles = await newest(database, amount, req.headers)
      if (articles.length === 0) return void res.status(204).end()
      sendJson(res, articles)
    },
  }
}
