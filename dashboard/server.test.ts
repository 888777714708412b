import { request } from 'undici'
import { expect, test } from 'vitest'
import { serve } from '../services/shared/src/testing.ts'
import type { View } from './observe.ts'
import { createServer } from './server.ts'
import type { Period } from './types.ts'

const view: View = {
  notifications: [],
  problem: '',
  delivery: {
    at: 1,
    commit: { hash: 'abc', subject: 'web-api 2.0.0' },
    applications: [{ name: 'web-api', sync: 'Synced', health: 'Suspended', revision: 'abc', message: '' }],
    rollout: {
      phase: 'Paused',
      message: 'CanaryPauseStep',
      steps: ['setWeight 20', 'pause'],
      step: 1,
      aborted: false,
      stableVersion: '1.0.0',
      canaryVersion: '2.0.0',
    },
    weights: [],
    graph: { edges: [], routes: [], decisions: [], problem: '' },
  },
}

const period: Period = {
  from: 0,
  to: 1,
  step: 1,
  moments: [],
  analyses: [],
  shares: [],
  requestsPerSecond: [],
  errors: [],
  p95: [],
  problem: '',
}

async function start() {
  const done: string[] = []
  const { host } = new URL(await serve((req, res) => app(req, res)))
  const app = createServer({
    token: 'secret',
    host,
    page: import.meta.dirname,
    actions: {
      sync: async (name) => void done.push(`sync ${name}`),
      diff: async (name) => `diff of ${name}`,
      steer: async (action) => void done.push(action),
    },
    history: async () => ({ day: period, deliveries: [] }),
    delivery: async ({ at, until }) => ({ ...period, from: at, to: until }),
    links: async () => [{ name: 'Argo CD', url: 'http://127.0.0.1:8081', access: 'user admin' }],
    subscribe: () => () => {},
    current: () => view,
  })
  const ask = async (method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}) => {
    const answer = await request(`http://${host}${path}`, {
      method,
      headers: { authorization: 'Bearer secret', ...headers },
    })
    return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as object }
  }
  return { ask, done }
}

test('a request with the token, from the dashboard, runs its action', async () => {
  const { ask, done } = await start()
  expect(await ask('POST', '/api/rollout/promote')).toMatchObject({
    status: 200,
    body: { message: 'web-api is promoted' },
  })
  expect((await ask('POST', '/api/applications/web-api/sync')).status).toBe(200)
  expect((await ask('GET', '/api/applications/web-api/diff')).body).toEqual({ diff: 'diff of web-api' })
  expect(done).toEqual(['promote', 'sync web-api'])
})

test.each([
  ['no token', 401, { authorization: '' }],
  ['another token', 401, { authorization: 'Bearer secreT' }],
  ['a longer token', 401, { authorization: 'Bearer secret2' }],
  ["another page's origin", 403, { origin: 'http://127.0.0.1:8080' }],
  ['an opaque origin', 403, { origin: 'null' }],
  ['another host name (DNS rebinding)', 403, { host: 'rebound.example.com' }],
])('a request with %s gets status %i and runs no action', async (_, status, headers) => {
  const { ask, done } = await start()
  expect((await ask('POST', '/api/rollout/abort', headers)).status).toBe(status)
  expect((await ask('POST', '/api/applications/web-api/sync', headers)).status).toBe(status)
  expect(done).toEqual([])
})

test('the server rejects an action that is not possible now, with the reason', async () => {
  const { ask, done } = await start()
  expect(await ask('POST', '/api/rollout/retry')).toMatchObject({
    status: 409,
    body: { message: 'there is nothing to retry now' },
  })
  expect((await ask('POST', '/api/rollout/restart')).status).toBe(404)
  expect((await ask('POST', '/api/applications/other/sync')).status).toBe(404)
  expect(done).toEqual([])
})

test('the history needs the token and a time', async () => {
  const { ask } = await start()
  expect((await ask('GET', '/api/history')).body).toMatchObject({ day: { from: 0 }, deliveries: [] })
  expect((await ask('GET', '/api/history/100?until=200')).body).toMatchObject({ from: 100, to: 200 })
  expect((await ask('GET', '/api/history/100?until=50')).status).toBe(400)
  expect((await ask('GET', '/api/history/100')).status).toBe(400)
  expect((await ask('GET', '/api/history', { authorization: '' })).status).toBe(401)
})

test('the content security policy forbids other pages to frame the dashboard or run scripts in it', async () => {
  const { ask } = await start()
  const { headers } = await ask('GET', '/api/applications/web-api/diff')
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['content-security-policy']).toContain("script-src 'self'")
  expect(headers).not.toHaveProperty('x-powered-by')
})
