import { describe, expect, test } from 'vitest'
import { startWebApi } from './testing.ts'

const path = '/web-api/v1/getmultiple'

describe('a release that fails 30 % of its requests', () => {
  test('returns 500 as a problem for 30 of 100 requests, and 200 for the others', async () => {
    const { url } = await startWebApi({ failPercent: 30 })
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url + path)))
    const failed = answers.filter(({ status }) => status === 500)
    expect(failed).toHaveLength(30)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(70)
    expect(failed[0]?.headers.get('content-type')).toContain('application/problem+json')
    expect(failed[0]?.headers.get('x-version')).toBe('2.3.4')
    expect(await failed[0]?.json()).toMatchObject({
      status: 500,
      detail: 'This release fails 30 % of its requests, on purpose',
    })
  })

  test('spreads the failures: it fails three of ten successive requests', async () => {
    const { url } = await startWebApi({ failPercent: 30 })
    for (let ten = 0; ten < 3; ten++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(url + path)))
      expect(answers.filter(({ status }) => status === 500)).toHaveLength(3)
    }
  })
})

test('a release that fails all requests still serves health, metrics and OpenAPI', async () => {
  const { url } = await startWebApi({ failPercent: 100 })
  const status = async (at: string) => (await fetch(url + at)).status
  expect(await status(path)).toBe(500)
  for (const at of ['/health/live', '/health/ready', '/metrics', '/openapi']) expect(await status(at), at).toBe(200)
})

test('a create that fails does not store the article', async () => {
  const { url, articlesService } = await startWebApi({ failPercent: 100 })
  const body = JSON.stringify({ title: 'A', url: 'https://a.example', author: 'Niklas' })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${url}/web-api/v1/create`, { method: 'POST', headers, body })).status).toBe(500)
  expect(articlesService.requests).toEqual([])
})

test('a slow release returns the right response after the delay that its environment sets', async () => {
  const { url } = await startWebApi({ slowMs: 200 })
  const start = performance.now()
  const response = await fetch(url + path)
  // Timers may fire a millisecond early.
  expect(performance.now() - start).toBeGreaterThanOrEqual(199)
  expect(response.status).toBe(200)
})
