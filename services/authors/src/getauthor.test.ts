import { quiet, serve } from '@cloud-native-canary/shared/testing'
import { expect, test } from 'vitest'
import { createApp } from './app.ts'

async function ask(query: string): Promise<Response> {
  return fetch(`${await serve(createApp(quiet()))}/api/v1/getauthor${query}`)
}

test.each([
  ['Niklas Heidloff', 'http://heidloff.net', '@nheidloff'],
  ['Harald Uebele', 'https://haralduebele.github.io', '@harald_u'],
  ['Thomas Südbröcker', 'https://suedbroecker.net', '@tsuedbroecker'],
  ['Miriam Oglesby', 'https://developer.ibm.com/blogs/', '@Jessieevaline'],
])('%s has a blog and a Twitter handle', async (name, blog, twitter) => {
  const response = await ask(`?name=${encodeURIComponent(name)}`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ name, blog, twitter })
})

test.each([
  'niklas heidloff',
  '  NIKLAS HEIDLOFF\t',
  'thomas südbröcker'.normalize('NFD'),
])('getauthor finds "%s"', async (name) => {
  expect((await ask(`?name=${encodeURIComponent(name)}`)).status).toBe(200)
})

test.each(['Nobody', 'Niklas', '__proto__', ''])('getauthor returns 404 for the unknown author "%s"', async (name) => {
  const response = await ask(`?name=${encodeURIComponent(name)}`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ status: 404, detail: 'There is no author of this name' })
})

test.each([
  '',
  '?name=a&name=b',
])('getauthor returns 400 for the query "%s", which does not have exactly one name', async (query) => {
  const response = await ask(query)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ errors: [{ parameter: 'name' }] })
})
