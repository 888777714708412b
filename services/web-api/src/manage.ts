/** `POST /web-api/v1/manage` */
import { answer, type Logger, problems, type Route, sendJson } from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { Articles } from './articles.ts'
import type { Authors } from './authors.ts'
import type { RequireAdmin } from './token.ts'

const managedSchema = z
  .object({
    message: z.string(),
    version: z.string().meta({ description: 'Version of the service that cleared its caches' }),
    subject: z.string().meta({ description: 'Subject of the token' }),
  })
  .meta({ id: 'Managed' })

/** Clears the short-lived caches of this pod, for administrators. */
export function manage(
  requireAdmin: RequireAdmin,
  articles: Articles,
  authors: Authors,
  version: string,
  logger: Logger,
): Route {
  return {
    method: 'post',
    path: '/web-api/v1/manage',
    operation: {
      operationId: 'manage',
      summary: 'Clear the caches (administrators only)',
      description: 'Requires a JWT whose claim `groups` contains `admin`. The request has no body.',
      security: [{ bearer: [] }],
      responses: { 200: answer('Done', managedSchema), ...problems(401, 403) },
    },
    async handle(req, res) {
      const subject = await requireAdmin(req.headers.authorization)
      articles.forget()
      authors.forget()
      logger.info({ requestId: req.headers['x-request-id'], subject }, 'caches cleared')
      sendJson(res, { message: 'Caches cleared', version, subject })
    },
  }
}
