/** Responses for tests, as web-api's OpenAPI document describes them. */
import { STATUS_CODES } from 'node:http'
import type { CreateResponse, GetmultipleResponse, Problem } from './web-api.gen.ts'

/** A list of articles, with headers such as `x-version`. */
export const listed = (articles: GetmultipleResponse, headers: Record<string, string> = {}) =>
  Response.json(articles, { headers })

/** The response to a create. */
export const created = (article: CreateResponse) => Response.json(article, { status: 201 })

/** An error, with more than the fields that every problem has. */
export function failed(status: number, more: Partial<Problem> = {}, headers: Record<string, string> = {}): Response {
  const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, ...more }
  return Response.json(problem, { status, headers })
}
