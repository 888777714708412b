/** `GET /articles/v1/getone?id=` */
import { answer, articleSchema, Problem, parse, problems, type Route, sendJson } from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { Database } from './database.ts'
import { find } from './store.ts'

// 18 digits always fit into PostgreSQL's bigint.
const querySchema = z.object({
  id: z
    .string('is required exactly once')
    .regex(/^[0-9]{1,18}$/, 'must be the id of an article: 1 to 18 digits')
    .meta({ description: 'Identifier of the article', examples: ['1'] }),
})

/** Returns one article. */
export function getone(database: Database): Route {
  return {
    method: 'get',
    path: '/articles/v1/getone',
    operation: {
      operationId: 'getone',
      summary: 'One article',
      requestParams: { query: querySchema },
      responses: { 200: answer('The article', articleSchema), ...problems(400, 404, 503) },
    },
    async handle(req, res) {
      const { id } = parse(querySchema, req.query, 'query')
      const article = await find(database, id, req.headers)
      if (!article) throw new Problem(404, 'There is no article with this id')
      sendJson(res, article)
    },
  }
}
