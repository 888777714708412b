/** Errors as RFC 9457 problem details (`application/problem+json`). */
import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Response } from 'express'
import { z } from 'zod'

/** Body of every error response. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'about:blank: the status identifies the problem' }),
    title: z.string().meta({ description: 'Name of the status' }),
    status: z.number().int().min(400).max(599),
    detail: z.string().optional().meta({ description: 'What went wrong this time' }),
    requestId: z
      .string()
      .optional()
      .meta({ description: 'Identifies the request in the logs; absent when the gateway itself returns the response' }),
    errors: z
      .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }))
      .optional()
      .meta({ description: 'Each mistake: a JSON pointer into the body, or the name of a query parameter' }),
  })
  .meta({ id: 'Problem' })

type Mistake = NonNullable<z.output<typeof problemSchema>['errors']>[number]

interface Extras {
  /** Response headers that belong to the problem, such as `retry-after`. */
  headers?: Record<string, string>
  errors?: Mistake[]
  /** Why it happened; the service logs it and never sends it. */
  cause?: unknown
}

/** A handler that throws it returns this status. */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: number
  readonly headers: Record<string, string>
  readonly errors: Mistake[] | undefined

  constructor(status: number, detail: string, { headers = {}, errors, cause }: Extras = {}) {
    super(detail, { cause })
    this.status = status
    this.headers = headers
    this.errors = errors
  }
}

/** Status 503 for a dependency that is not available; the client should retry after `seconds`. */
export function unavailable(detail: string, cause?: unknown, seconds = 2): Problem {
  return new Problem(503, detail, { headers: { 'retry-after': String(seconds) }, cause })
}

/**
 * The input, parsed by `schema`.
 * @throws {Problem} status 400 that lists every mistake
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where: 'body' | 'query',
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) =>
    where === 'body' ? { pointer: pointer(path), detail: message } : { parameter: path.join('.'), detail: message },
  )
  throw new Problem(400, `The request's ${where} is not valid`, { errors })
}

function pointer(path: PropertyKey[]): string {
  return `#${path.map((key) => `/${encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
}

/** Returns the problem as the response. The cause of a 5xx goes to the log by `res.locals.error`, not to the client. */
export const problemHandler: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const problem = toProblem(error)
  if (problem.status >= 500) res.locals.error = error
  // Part of the response has been sent already: Express closes the connection.
  if (res.headersSent) return next(error)
  sendProblem(res, problem)
}

function sendProblem(res: Response, { status, headers, message, errors }: Problem): void {
  const title = STATUS_CODES[status] ?? 'Error'
  const requestId = res.getHeader('x-request-id')
  res.status(status).set(headers).type('application/problem+json')
  res.send(JSON.stringify({ type: 'about:blank', title, status, detail: message, requestId, errors }))
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Errors of Express and its body parser have a status and a message that clients may see.
  if (error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500) {
    return new Problem(error.status, error.message)
  }
  return new Problem(500, 'The service failed; its log has the details for this request id')
}
