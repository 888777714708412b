import { post } from '@cloud-native-canary/shared/testing'
import { expect, test } from 'vitest'
import { startArticles } from './testing.ts'

const article = {
  title: "Robert'); DROP TABLE articles;--",
  url: 'https://example.com/a',
  author: 'Thomas Südbröcker 🙂',
}

test('a created article is the newest, and its URL is in the response', async () => {
  const { url } = await startArticles()
  const created = await post(`${url}/articles/v1/create`, article)
  expect(created.status).toBe(201)
  const stored = await created.json()
  expect(stored).toEqual({ id: '11', ...article })
  expect(await (await fetch(url + created.headers.get('location'))).json()).toEqual(stored)
  expect(await (await fetch(`${url}/articles/v1/getmultiple?amount=1`)).json()).toEqual([stored])
})

test('create returns 400 for an invalid article and does not store it', async () => {
  const { url, postgres } = await startArticles()
  const response = await post(`${url}/articles/v1/create`, {
    ...article,
    url: 'javascript:alert(1)',
    author: undefined,
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ errors: [{ pointer: '#/url' }, { pointer: '#/author' }] })
  expect((await postgres.run('SELECT id FROM articles')).rows).toHaveLength(10)
})
