import { expect, test } from 'vitest'
import { startArticles } from './testing.ts'

test('getone returns an article by its id, 404 for an unknown id and 400 for an invalid one', async () => {
  const { url } = await startArticles()
  const get = (query: string) => fetch(`${url}/articles/v1/getone${query}`)
  expect(await (await get('?id=2')).json()).toEqual({
    id: '2',
    title: 'Recent Java Updates from IBM',
    url: 'http://heidloff.net/article/recent-java-updates-from-ibm',
    author: 'Niklas Heidloff',
  })
  for (const id of ['11', '0', '999999999999999999']) expect((await get(`?id=${id}`)).status, id).toBe(404)
  for (const query of ['', '?id=', '?id=x', '?id=-1', '?id=1&id=2', `?id=${'9'.repeat(19)}`]) {
    expect((await get(query)).status, query).toBe(400)
  }
})
