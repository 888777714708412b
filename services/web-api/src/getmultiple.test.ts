import { describe, expect, test } from 'vitest'
import { startWebApi } from './testing.ts'
import { pageSizeOf } from './version-rules.ts'

const path = '/web-api/v1/getmultiple'

type Items = { id: string; authorName: string; authorBlog: string; authorTwitter: string }[]

const ids = (items: Items) => items.map(({ id }) => id)
const read = async (response: Response) => (await response.json()) as Items

test.each([
  ['1.0.0', 5],
  ['1.9.3', 5],
  ['2.0.0', 10],
  ['10.0.0-rc.1', 10],
])('version %s lists %i articles, newest first', async (version, amount) => {
  const { url } = await startWebApi({ amount: pageSizeOf(version) })
  expect(ids(await read(await fetch(url + path)))).toEqual(
    Array.from({ length: amount }, (_, index) => `${12 - index}`),
  )
})

test('each article has the details of its author, which are empty for an unknown one', async () => {
  const { url } = await startWebApi()
  const response = await fetch(url + path)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect((await read(response)).slice(1, 3)).toEqual([
    {
      id: '11',
      title: 'Title 11',
      url: 'https://a.example/11',
      authorName: 'Harald',
      authorBlog: 'https://harald.example',
      authorTwitter: '@Harald',
    },
    {
      id: '10',
      title: 'Title 10',
      url: 'https://a.example/10',
      authorName: 'Nobody',
      authorBlog: '',
      authorTwitter: '',
    },
  ])
})

test('web-api requests each author once', async () => {
  const { url, authorsService } = await startWebApi({ amount: 10 })
  await fetch(url + path)
  expect(authorsService.requests.map((request) => request.path).toSorted()).toEqual([
    '/api/v1/getauthor?name=Harald',
    '/api/v1/getauthor?name=Niklas',
    '/api/v1/getauthor?name=Nobody',
  ])
})

test('concurrent requests share the requests to the other services', async () => {
  const { url, articlesService, authorsService } = await startWebApi({ cacheMs: 60_000 })
  const answers = await Promise.all(Array.from({ length: 20 }, async () => read(await fetch(url + path))))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(articlesService.requests).toHaveLength(1)
  expect(authorsService.requests).toHaveLength(3)
})

test('a request with cache-control: no-cache makes web-api read the list anew', async () => {
  const { url, articlesService } = await startWebApi({ cacheMs: 60_000 })
  await fetch(url + path)
  await fetch(url + path)
  expect(articlesService.requests).toHaveLength(1)
  await fetch(url + path, { headers: { 'cache-control': 'no-cache' } })
  expect(articlesService.requests).toHaveLength(2)
})

test('web-api propagates trace and request id to the next hop', async () => {
  const { url, articlesService, authorsService } = await startWebApi()
  const headers = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    b3: '1-2-1',
    'x-request-id': 'r1',
  }
  await fetch(url + path, { headers: { ...headers, authorization: 'Bearer secret' } })
  for (const request of [...articlesService.requests, ...authorsService.requests]) {
    expect(request.headers).toMatchObject(headers)
    expect(request.headers).not.toHaveProperty('authorization')
  }
})

test('without a request id from the caller, all hops get the one in the response', async () => {
  const { url, articlesService, authorsService } = await startWebApi()
  const id = (await fetch(url + path)).headers.get('x-request-id')
  const [first, ...others] = [...articlesService.requests, ...authorsService.requests].map(
    ({ headers }) => headers['x-request-id'],
  )
  expect(first).toBe(id)
  expect(new Set(others)).toEqual(new Set([id]))
})

test('getmultiple returns an empty list when there is no article', async () => {
  const { url, stored } = await startWebApi()
  stored.length = 0
  const response = await fetch(url + path)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual([])
})

describe.each([500, 503, 'hang'] as const)('when authors fails (%s)', (fault) => {
  test('getmultiple returns articles without details, and with details once authors works again', async () => {
    const { url, authorsService } = await startWebApi()
    authorsService.fault = fault
    const response = await fetch(url + path)
    expect(response.status).toBe(200)
    const items = await read(response)
    expect(ids(items)).toEqual(['12', '11', '10', '9', '8'])
    expect(items.every((item) => item.authorBlog === '' && item.authorTwitter === '')).toBe(true)
    authorsService.fault = undefined
    expect((await read(await fetch(url + path)))[0]?.authorTwitter).toBe('@Niklas')
  })
})

describe.each([500, 503, 200, 'hang'] as const)('when articles fails (%s)', (fault) => {
  test('getmultiple returns the last list, with x-stale and age', async () => {
    const { url, stored, articlesService } = await startWebApi()
    const fresh = await fetch(url + path)
    expect(fresh.headers.has('x-stale')).toBe(false)
    expect(fresh.headers.has('age')).toBe(false)
    articlesService.fault = fault
    stored.shift()
    const stale = await fetch(url + path)
    expect(stale.status).toBe(200)
    expect(stale.headers.get('x-stale')).toBe('true')
    expect(stale.headers.get('age')).toMatch(/^[0-9]$/)
    expect(await stale.json()).toEqual(await fresh.json())
    articlesService.fault = undefined
    const again = await fetch(url + path)
    expect(again.headers.has('x-stale')).toBe(false)
    expect(ids(await read(again))[0]).toBe('11')
  })

  test('and there is no earlier list, getmultiple returns 503, not an empty list', async () => {
    const { url, articlesService } = await startWebApi()
    articlesService.fault = fault
    const response = await fetch(url + path)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ title: 'Service Unavailable' })
  })

  test('a pod becomes ready when it has read a list, and then stays ready', async () => {
    const { url, articlesService } = await startWebApi()
    const ready = async () => (await fetch(`${url}/health/ready`)).status
    articlesService.fault = fault
    expect(await ready()).toBe(503)
    articlesService.fault = undefined
    expect(await ready()).toBe(200)
    articlesService.fault = fault
    expect(await ready()).toBe(200)
    expect((await fetch(url + path)).headers.get('x-stale')).toBe('true')
  })
})
