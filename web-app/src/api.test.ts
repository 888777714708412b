import { afterEach, describe, expect, test, vi } from 'vitest'
import { createArticle, getArticles, probe } from './api.ts'

const fetchMock = vi.spyOn(globalThis, 'fetch')
afterEach(() => fetchMock.mockReset())

function answer(body: unknown, status = 200, headers: Record<string, string> = {}): void {
  fetchMock.mockResolvedValueOnce(new Response(body === null ? null : JSON.stringify(body), { status, headers }))
}

const problem = (extra: object) => ({ type: 'about:blank', title: 'Bad Request', status: 400, ...extra })

describe('reading articles', () => {
  test('returns the version, and the age of a stale list', async () => {
    answer([], 200, { 'x-version': '2.0.0', 'x-stale': 'true', age: '42' })
    expect(await getArticles()).toEqual({ articles: [], version: '2.0.0', stale: true, ageSeconds: 42 })
  })

  test('returns an empty list for status 204, and needs no headers', async () => {
    answer(null, 204)
    expect(await getArticles()).toEqual({ articles: [], version: '', stale: false, ageSeconds: undefined })
  })

  test('never uses the browser’s cache', async () => {
    answer([])
    await getArticles()
    expect(fetchMock.mock.lastCall?.[1]).toMatchObject({ cache: 'no-store' })
  })

  test.each([
    ['problem details', () => answer(problem({ detail: 'No database' }), 503), 'No database.'],
    [
      'a response of the gateway itself',
      () => fetchMock.mockResolvedValueOnce(new Response('no healthy upstream', { status: 503 })),
      'Status 503.',
    ],
    ['a page instead of a list', () => fetchMock.mockResolvedValueOnce(new Response('<html>')), 'not a list'],
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
    ]
    answer(problem({ errors }), 400)
    const expected = { fields: { url: 'wrong' }, others: ['too many articles'] }
    await expect(createArticle(article)).rejects.toMatchObject(expected)
  })
})

describe('probing', () => {
  test('counts an error for the version that returned it', async () => {
    answer({}, 500, { 'x-version': '2.0.0' })
    expect(await probe('omit')).toMatchObject({ version: '2.0.0', ok: false })
  })

  test('counts a lost connection as an error without a version', async () => {
    fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    expect(await probe('omit')).toMatchObject({ version: '', ok: false })
  })
})
