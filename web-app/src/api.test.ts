import { afterEach, describe, expect, test, vi } from 'vitest'
import { createArticle, getArticles, probe } from './api.ts'
import { failed, listed } from './testing.ts'

const fetchMock = vi.spyOn(globalThis, 'fetch')
afterEach(() => fetchMock.mockReset())

const answer = (response: Response) => fetchMock.mockResolvedValueOnce(response)

describe('reading articles', () => {
  test('returns the version, and the age of a stale list', async () => {
    answer(listed([], { 'x-version': '2.0.0', 'x-stale': 'true', age: '42' }))
    expect(await getArticles()).toEqual({ articles: [], version: '2.0.0', stale: true, ageSeconds: 42 })
  })

  test('needs no headers', async () => {
    answer(listed([]))
    expect(await getArticles()).toEqual({ articles: [], version: '', stale: false, ageSeconds: undefined })
  })

  test('never uses the browser’s cache', async () => {
    answer(listed([]))
    await getArticles()
    expect(fetchMock.mock.lastCall?.[1]).toMatchObject({ cache: 'no-store' })
  })

  test.each([
    ['problem details', () => answer(failed(503, { detail: 'No database' })), 'No database.'],
    [
      'a response of the gateway itself',
      () => answer(new Response('no healthy upstream', { status: 503 })),
      'Status 503.',
    ],
    ['a page instead of a list', () => answer(new Response('<html>')), 'not a list'],
    ['no network', () => fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch')), 'cannot be reached'],
    ['no response', () => fetchMock.mockRejectedValueOnce(new DOMException('', 'TimeoutError')), 'within 15 seconds'],
  ])('throws an error with a reason for %s', async (_, arrange, reason) => {
    arrange()
    await expect(getArticles()).rejects.toThrow(reason)
  })
})

describe('creating an article', () => {
  const article = { title: 'T', url: 'https://example.com', author: 'A' }

  test('assigns messages to fields, and keeps messages without a field', async () => {
    const errors = [
      { pointer: '#/url', detail: 'wrong' },
      { pointer: '#', detail: 'too many articles' },
      { parameter: 'dry-run', detail: 'not known' },
    ]
    answer(failed(400, { errors }))
    const expected = { fields: { url: 'wrong' }, others: ['too many articles', 'not known'] }
    await expect(createArticle(article)).rejects.toMatchObject(expected)
  })
})

describe('probing', () => {
  test('counts an error for the version that returned it', async () => {
    answer(failed(500, {}, { 'x-version': '2.0.0' }))
    expect(await probe('omit')).toMatchObject({ version: '2.0.0', ok: false })
  })

  test('returns where the trace can be seen, also that of an error', async () => {
    answer(failed(503, {}, { 'x-trace-url': 'http://viewer/1' }))
    expect(await probe('omit')).toMatchObject({ ok: false, traceUrl: 'http://viewer/1' })
    const sent = fetchMock.mock.lastCall?.[1]?.headers as Record<string, string>
    expect(sent.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
  })

  test('counts a lost connection as an error without a version', async () => {
    fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    expect(await probe('omit')).toMatchObject({ version: '', ok: false })
  })
})
