import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Problem, parse, unavailable } from './problem.ts'
import { answer, jsonBody, problems, type Route, sendJson } from './route.ts'
import { createService, type Service } from './service.ts'
import { post, quiet, recordingLogger, serve } from './testing.ts'

const bodySchema = z.strictObject({ word: z.string() })

const echo: Route = {
  method: 'post',
  path: '/echo',
  operation: {
    requestBody: jsonBody(bodySchema),
    responses: { 200: answer('The same', bodySchema), ...problems(400) },
  },
  handle: (req, res) => sendJson(res, parse(bodySchema, req.body, 'body')),
}
const fail: Route = {
  method: 'get',
  path: '/fail',
  operation: { responses: {} },
  handle() {
    throw new Error('the password is 1234')
  },
}

/** Base URL of a service with these two routes. */
function start(changes: Partial<Service> = {}): Promise<string> {
  return serve(createService({ ...quiet(), name: 'test', description: '', routes: [echo, fail], ...changes }))
}

test.each([
  '/health/live',
  '/nowhere',
  '/fail',
  '/%ff',
  '/openapi',
])('%s: the response has a version and a request id', async (path) => {
  const response = await fetch((await start()) + path, { headers: { 'x-request-id': 'mine' } })
  expect(response.headers.get('x-version')).toBe('2.3.4')
  expect(response.headers.get('x-request-id')).toBe('mine')
})

describe('a problem', () => {
  test('names each mistake by its place in the body', async () => {
    const response = await post(`${await start()}/echo`, { word: 1, 'a/b~c': 2 }, { 'x-request-id': 'mine' })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(await response.json()).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      requestId: 'mine',
      errors: [{ pointer: '#/word' }, { pointer: '#', detail: expect.stringContaining('a/b~c') }],
    })
  })

  test.each([
    ['malformed JSON', 400, { body: '{"word":' }],
    ['JSON that is neither object nor array', 400, { body: '"word"' }],
    ['no body', 400, { headers: {} }],
    ['a form', 415, { body: 'word=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [
      'an unknown encoding',
      415,
      { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'zip' } },
    ],
    ['a body that is too large', 413, { body: JSON.stringify({ word: 'x'.repeat(17_000) }) }],
  ])('is returned for %s, with status %i', async (_what, status, init) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${await start()}/echo`, { method: 'POST', headers, ...init })
    expect(await response.json()).toMatchObject({ status, type: 'about:blank' })
    expect(response.status).toBe(status)
  })

  test('is returned for an unknown path, with status 404', async () => {
    const response = await fetch(`${await start()}/nowhere`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ title: 'Not Found', detail: 'There is no /nowhere here' })
  })

  test.each([
    ['/echo', 'GET', 'POST'],
    ['/fail', 'DELETE', 'GET, HEAD'],
    ['/health/live', 'POST', 'GET, HEAD'],
  ])('is returned for %s by %s, with status 405 and the allowed methods', async (path, method, allow) => {
    const response = await fetch((await start()) + path, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe(allow)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
  })

  test('with status 500 has its cause in the log only', async () => {
    const { logger, lines } = recordingLogger()
    const response = await fetch(`${await start({ logger })}/fail`, { headers: { 'x-request-id': 'r7' } })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('password')
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 50,
      requestId: 'r7',
      status: 500,
      path: '/fail',
      err: { message: 'the password is 1234' },
    })
    expect(lines[0]).toHaveProperty('err.stack')
  })
})

test('the service logs one line per request, with its trace', async () => {
  const { logger, lines } = recordingLogger()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await post(`${await start({ logger })}/echo?secret=1`, { word: 'hi' }, { traceparent })
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    level: 20,
    method: 'POST',
    path: '/echo',
    status: 200,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    ms: expect.any(Number),
  })
})

test('metrics have the duration per route, and no label values that a caller can choose', async () => {
  const url = await start()
  await post(`${url}/echo?x=1`, { word: 'hi' })
  await fetch(`${url}/random-a`)
  await fetch(`${url}/random-b`)
  await fetch(`${url}/fail`, { method: 'TRACK' }).catch(() => undefined)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const count = 'http_server_request_duration_seconds_count'
  const labels = (method: string, path: string, status: number) =>
    `{http_request_method="${method}",http_route="${path}",http_response_status_code="${status}"}`
  expect(metrics).toContain(`${count}${labels('POST', '/echo', 200)} 1`)
  expect(metrics).toContain(`${count}${labels('GET', 'unmatched', 404)} 2`)
  expect(metrics).not.toContain('random')
  expect(metrics).toContain('service_info{service="test",version="2.3.4"} 1')
  expect(metrics).toContain('process_cpu_seconds_total')
})

describe('readiness', () => {
  test("depends on the service's own check", async () => {
    let away = true
    const ready = async () => {
      if (away) throw unavailable('The database is away')
    }
    const url = `${await start({ ready })}/health/ready`
    const refused = await fetch(url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('2')
    away = false
    expect((await fetch(url)).status).toBe(200)
  })

  test('ends when the service stops; liveness does not', async () => {
    const { lifecycle } = quiet()
    const url = await start({ lifecycle })
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    lifecycle.stopping = true
    expect((await fetch(`${url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
  })
})

test('a problem thrown by a route keeps its headers', async () => {
  const teapot: Route = {
    ...fail,
    handle() {
      throw new Problem(418, 'short and stout', { headers: { 'x-spout': 'yes' } })
    },
  }
  const response = await fetch(`${await start({ routes: [teapot] })}/fail`)
  expect(response.status).toBe(418)
  expect(response.headers.get('x-spout')).toBe('yes')
})

test('the OpenAPI document describes the routes with the schemas that validate', async () => {
  // biome-ignore lint/suspicious/noExplicitAny: the assertions check its shape
  const document: any = await (await fetch(`${await start()}/openapi`)).json()
  expect(document).toMatchObject({ openapi: '3.1.1', info: { title: 'test', version: '2.3.4' } })
  const operation = document.paths['/echo'].post
  expect(operation.requestBody.content['application/json'].schema).toMatchObject({
    required: ['word'],
    additionalProperties: false,
  })
  expect(Object.keys(operation.responses)).toEqual(['200', '400', 'default'])
})
