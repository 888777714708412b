import { post } from '@cloud-native-canary/shared/testing'
import { expect, test } from 'vitest'
import { startWebApi } from './testing.ts'

const article = { title: 'New', url: 'https://example.com/new', author: 'Harald' }

test('create returns the article as it is in the list, and the next list starts with it', async () => {
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

test('create lists every mistake and does not call articles', async () => {
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

test.each([500, 'hang'] as const)('create returns 503 when articles fails (%s)', async (fault) => {
  const { url, articlesService } = await startWebApi()
  articlesService.fault = fault
  const response = await post(`${url}/web-api/v1/create`, article)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('2')
  expect(articlesService.requests).toHaveLength(1)
})

test('create stores the article even when authors fails', async () => {
  const { url, authorsService } = await startWebApi()
  authorsService.fault = 500
  const response = await post(`${url}/web-api/v1/create`, article)
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ authorName: 'Harald', authorBlog: '' })
})
