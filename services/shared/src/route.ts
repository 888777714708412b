/** A route is one operation: path, description and handler, together in one file. */
import type { Request, RequestHandler, Response } from 'express'
import { json } from 'express'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi'
import { wholeNumber } from './config.ts'
import { Problem, problemSchema } from './problem.ts'

export interface Route {
  method: 'get' | 'post'
  path: string
  /** Its description for OpenAPI, with the schemas that also validate. */
  operation: ZodOpenApiOperationObject
  handle: (req: Request, res: Response) => Promise<void> | void
}

const commonHeaders = z.object({
  'x-version': z.string().meta({ description: 'Version of the service that returned the response', example: '2.0.0' }),
  'x-request-id': z.string().meta({ description: "The caller's request id, or a new one" }),
})

/** Sends a value as JSON, with the response's status. */
export function sendJson(res: Response, value: unknown): void {
  sendJsonText(res, JSON.stringify(value))
}

/**
 * Sends text that is JSON already. With the body as one string Node writes head and body together, which takes a third
 * less time than Express's `res.json`.
 */
export function sendJsonText(res: Response, text: string): void {
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.end(text)
}

/** A successful response for an operation's `responses`: JSON of `schema`, or no body. */
export function answer(description: string, schema?: z.ZodType, headers?: z.ZodRawShape) {
  return {
    description,
    headers: headers ? commonHeaders.extend(headers) : commonHeaders,
    ...(schema && { content: { 'application/json': { schema } } }),
  }
}

const meanings: Record<number, string> = {
  400: 'The request is not valid; `errors` lists each mistake',
  401: 'No valid token',
  403: 'The token does not permit this',
  404: 'Not found',
  413: 'The body is too large',
  415: 'The body is not `application/json` in UTF-8, or its content encoding is unknown',
  503: 'A dependency is not available; retry after `Retry-After` seconds',
}

/** The error responses of an operation, for its `responses`. */
export function problems(...statuses: (keyof typeof meanings & number)[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(statuses.map((status) => [`${status}`, problemAnswer(meanings[status] ?? '')]))
}

function problemAnswer(description: string) {
  return { description, headers: commonHeaders, content: { 'application/problem+json': { schema: problemSchema } } }
}

/** The JSON request body of an operation. */
export function jsonBody(schema: z.ZodType) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** A query parameter that is a whole number from `least` to `most`. */
export function integerParameter(least: number, most: number, fallback: number, description: string) {
  return wholeNumber(least, most, fallback).meta({
    description,
    override: { type: 'integer', minimum: least, maximum: most, default: fallback, pattern: undefined },
  })
}

/** The OpenAPI 3.1 document of a service. */
export function describe(title: string, version: string, description: string, routes: Route[]) {
  const paths = routes.map(({ method, path, operation }) => {
    const responses = { ...operation.responses, default: problemAnswer('Any other error') }
    return [path, { [method]: { ...operation, responses } }]
  })
  return createDocument({
    openapi: '3.1.1',
    info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(paths),
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  })
}

const parseJson = json({ limit: '16kb', type: 'application/json' })

/** The handlers that read the body, if the operation has one; they run before the route's own. */
export function bodyHandlers({ operation }: Route): RequestHandler[] {
  return operation.requestBody ? [requireJson, parseJson] : []
}

// The parser skips a body that is not JSON, so that a form would look like a missing body.
const requireJson: RequestHandler = (req, _res, next) => {
  if (req.is('application/json')) return next()
  const hasBody =
    req.headers['content-length'] !== '0' && (req.headers['content-length'] || req.headers['transfer-encoding'])
  if (!hasBody) throw new Problem(400, 'A body of type application/json is needed')
  throw new Problem(415, 'The body must be of type application/json', {
    headers: { 'accept-post': 'application/json' },
  })
}

/** Returns status 405 for the methods that the path does not support; goes after the handlers of those it does. */
export function onlyAllow(...methods: string[]): RequestHandler {
  const allow = methods.join(', ')
  return (req) => {
    throw new Problem(405, `${req.method} is not allowed here, only ${allow}`, { headers: { allow } })
  }
}
