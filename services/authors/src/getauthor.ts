/** `GET /api/v1/getauthor?name=First%20Last` */
import { answer, Problem, parse, problems, type Route, sendJson } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { authorSchema, findAuthor } from './authors.ts'

const querySchema = z.object({
  name: z.string('is required exactly once').meta({
    description: 'Full name; case and surrounding blanks do not matter',
    examples: ['Niklas Heidloff'],
  }),
})

export const getauthor: Route = {
  method: 'get',
  path: '/api/v1/getauthor',
  operation: {
    operationId: 'getauthor',
    summary: 'Blog and Twitter handle of an author',
    requestParams: { query: querySchema },
    responses: { 200: answer('The author', authorSchema), ...problems(400, 404) },
  },
  handle(req, res) {
    const { name } = parse(querySchema, req.query, 'query')
    const author = findAuthor(name)
    if (!author) throw new Problem(404, 'There is no author of this name')
    sendJson(res, author)
  },
}
