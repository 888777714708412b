import { afterEach, describe, expect, test, vi } from 'vitest'
import { createArticle, getArticles, probe } from './api.ts'

const fetchMock = vi.spyOn(globalThis, 'fetch')
afterEach(() => fetchMock.mockReset())

function answer(body: unknown, status = 200, headers: Record<string, string> = {}): void {
  fetchMock.mockResolvedValueOnce(new Response(body === null ? null : JSON.stringify(body), { status, headers }))
}

const problem = (extra: object) => ({ type: 'about:blank', title: 'Bad Request', status: 400, ...extra })

describe('reading articles', () => {
  test('tells the version, and how old a stale list is', async () => {
    answer([], 200, { 'x-version': '2.0.0', 'x-stale': 'true', age: '42' })
    expect(await getArticles()).toEqual({ articles: [], version: '2.0.0', stale: true, ageSeconds: 42 })
  })

  test('neither is needed, and no content is an empty list', async () => {
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
      'an answer of the gateway',
      () => fetchMock.mockResolvedValueOnce(new Response('no healthy upstream', { status: 503 })),
      'Status 503.',
    ],
    ['a page instead of a list', () => fetchMock.mockResolvedValueOnce(new Response('<html>')), 'not a list'],
    ['no network', () => fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch')), 'cannot be reached'],
    ['no answer', () => fetchMock.mockRejectedValueOnce(new DOMException('', 'TimeoutError')), 'within 15 seconds'],
  ])('%s is an error with a reason', async (_, arrange, reason) => {
    arrange()
    await expect(getArticles()).rejects.toThrow(reason)
  })
})

describe('creating an article', () => {
  const article = { title: 'T', url: 'https://example.com', author: 'A' }

  test('knows which field a message is about, and keeps those that are about none', async () => {
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
  test('an error counts for the version that answered it', async () => {
    answer({}, 500, { 'x-version': '2.0.0' })
    expect(await probe('omit')).toMatchObject({ version: '2.0.0', ok: false })
  })

  test('a lost connection is an error of no version', async () => {
    fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    expect(await probe('omit')).toMatchObject({ version: '', ok: false })
  })
})
