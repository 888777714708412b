import { describe, expect, test } from 'vitest'
import { createDocument } from 'zod-openapi'
import { newArticleSchema } from './article.ts'

const good = { title: 'A title', url: 'https://example.com/a?b=c#d', author: 'Niklas Heidloff' }

/** Whether the schema in the OpenAPI document, which is all that a client knows, accepts the value. */
function documented(name: keyof typeof good, value: string): boolean {
  const { components } = createDocument({
    openapi: '3.1.1',
    info: { title: '', version: '' },
    paths: {
      '/': { post: { requestBody: { content: { 'application/json': { schema: newArticleSchema } } }, responses: {} } },
    },
  })
  const schema = components?.schemas?.NewArticle as { properties: Record<string, Record<string, unknown>> }
  const { pattern = '', minLength = 0, maxLength } = schema.properties[name] ?? {}
  const length = [...value].length
  return new RegExp(String(pattern), 'u').test(value) && length >= Number(minLength) && length <= Number(maxLength)
}

describe.each([
  ['title', 'x', true],
  ['title', 'Vögel 🙂 — "quoted"', true],
  ['title', '🙂'.repeat(200), true],
  ['title', '🙂'.repeat(201), false],
  ['title', '', false],
  ['title', ' \u00a0\u2003', false],
  ['title', 'two\nlines', false],
  ['title', 'nul \u0000', false],
  ['author', 'x'.repeat(100), true],
  ['author', 'x'.repeat(101), false],
  ['url', 'http://heidloff.net/article/recent-java-updates-from-ibm', true],
  ['url', 'http://localhost:8080', true],
  ['url', `https://example.com/${'a'.repeat(2028)}`, true],
  ['url', `https://example.com/${'a'.repeat(2029)}`, false],
  ['url', 'ftp://example.com', false],
  ['url', 'javascript:alert(1)', false],
  ['url', 'https://', false],
  ['url', 'https://example.com:99999/', false],
  ['url', 'https://user:secret@example.com/', false],
  ['url', 'https://example.com/with blank', false],
  ['url', 'https://example.com/"quote', false],
  ['url', ' https://example.com', false],
] as const)('%s %j', (name, value, expected) => {
  test(`is ${expected ? 'accepted' : 'rejected'} by the schema and by the OpenAPI document`, () => {
    expect(newArticleSchema.safeParse({ ...good, [name]: value }).success).toBe(expected)
    expect(documented(name, value)).toBe(expected)
  })
})

test('half a surrogate pair is rejected', () => {
  expect(newArticleSchema.safeParse({ ...good, title: 'half a pair \ud83d' }).success).toBe(false)
})

test('the schema trims blanks around a text', () => {
  expect(newArticleSchema.parse({ ...good, title: '  A title ' })).toEqual(good)
})

test('the schema rejects a long invalid text within 100 ms', () => {
  const start = performance.now()
  newArticleSchema.safeParse({ ...good, title: `${'a '.repeat(8_000)}\n`, url: `https://${'a.'.repeat(8_000)}` })
  expect(performance.now() - start).toBeLessThan(100)
})
