import { post } from '@cloud-native-canary/shared/testing'
import { expect, test } from 'vitest'
import { startWebApi } from './testing.ts'

const article = { title: 'New', url: 'https://example.com/new', author: 'Harald' }

test('a created article is answered as the list shows it, and heads the next list at once', async () => {
  const { url } = await startWebApi({ cacheMs: 60_000 })
  await fetch(`${url}/web-api/v1/getmultiple`)
  const response = await post(`${url}/web-api/v1/create`, article, { 'x-request-id': 'r1' })
  expect(response.status).toBe(201)
  const created = await response.json()
  expect(created).toEqual({
    id: '13',
    title: 'New',
    url: 'https://example.com/new',
    authorName: 'Harald',
    authorBlog: 'https://harald.example',
    authorTwitter: '@Harald',
  })
  const list = (await (await fetch(`${url}/web-api/v1/getmultiple`)).json()) as unknown[]
  expect(list[0]).toEqual(created)
})

test('every mistake is named, and articles is not asked', async () => {
  const { url, articlesService } = await startWebApi()
  const response = await post(`${url}/web-api/v1/create`, { title: ' ', url: 'ftp://example.com', autor: 'Harald' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    errors: [
      { pointer: '#/title', detail: 'must be a line of text: not blank, no control characters' },
      { pointer: '#/url', detail: 'must be an http or https URL' },
      { pointer: '#/author', detail: 'must be a string' },
      { pointer: '#', detail: 'Unrecognized key: "autor"' },
    ],
  })
  expect(articlesService.requests).toEqual([])
})

test.each([500, 'hang'] as const)('when articles fails (%s) the answer is 503', async (fault) => {
  const { url, articlesService } = await startWebApi()
  articlesService.fault = fault
  const response = await post(`${url}/web-api/v1/create`, article)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('2')
  expect(articlesService.requests).toHaveLength(1)
})

test('when only authors fails the article is created all the same', async () => {
  const { url, authorsService } = await startWebApi()
  authorsService.fault = 500
  const response = await post(`${url}/web-api/v1/create`, article)
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ authorName: 'Harald', authorBlog: '' })
})
