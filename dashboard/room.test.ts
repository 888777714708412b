import { request as plainRequest } from 'node:http'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../services/shared/src/testing.ts'
import { createRoom, mostReads } from './room.ts'
import type { RoomNews } from './types.ts'

/** A room before a gateway that records each request. */
async function start() {
  const asked: string[] = []
  const gateway = await serve((req, res) => {
    asked.push(`${req.method} ${req.url}`)
    const isRead = req.url === '/web-api/v1/getmultiple'
    res.writeHead(isRead && asked.length % 2 ? 500 : 200, isRead ? { 'x-version': '2.0.0' } : { etag: '"1"' }).end('{}')
  })
  const room = createRoom(gateway, 'http://room')
  const url = await serve((req, res) => room.app(req, res))
  const ask = async (path: string, { method = 'GET', ...headers }: Record<string, string> = {}) => {
    const answer = await request(`${url}${path}`, { method: method as 'GET', headers })
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() }
  }
  const read = (browser: string) =>
    ask('/web-api/v1/getmultiple', { referer: `${url}/traffic?browser=${browser}` }).then(({ status }) => status)
  return { url, asked, room, ask, read }
}

test('the Traffic page, its files and its reads reach the gateway, and each browser gets a number', async () => {
  const { ask, asked } = await start()
  expect(await ask('/')).toMatchObject({ status: 302, headers: { location: '/traffic' } })
  const { status, headers } = await ask('/traffic')
  expect(status).toBe(302)
  expect(headers.location).toMatch(/^\/traffic\?browser=[\w-]{8}$/)
  for (const path of [`${headers.location}`, '/assets/index-Bx_1.js', '/favicon.svg', '/web-api/v1/getmultiple?x=1'])
    expect((await ask(path)).status, path).toBe(200)
  expect(asked).toEqual(
    ['/traffic', '/assets/index-Bx_1.js', '/favicon.svg', '/web-api/v1/getmultiple'].map((path) => `GET ${path}`),
  )
})

test('nothing else reaches the gateway', async () => {
  const { url, ask, asked } = await start()
  const others = [
    '/openapi',
    '/web-api/v1/manage',
    '/api/view',
    '/history',
    '/assets/',
    '/traffic/',
    '/assets/a%2f..%2fb',
  ]
  for (const path of others) expect((await ask(path)).status, path).toBe(404)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    expect((await ask('/web-api/v1/getmultiple', { method })).status, method).toBe(405)
  // undici would shorten this path itself.
  const { hostname, port } = new URL(url)
  const status = await new Promise((resolve) => {
    const sent = plainRequest({ hostname, port, path: '/assets/../openapi' }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.end()
  })
  expect(status).toBe(404)
  expect(asked).toEqual([])
})

test('a browser that sends too much waits for its turns, and others do not', async () => {
  const { read } = await start()
  const seconds = async (work: Promise<unknown>) => {
    const started = performance.now()
    await work
    return (performance.now() - started) / 1000
  }
  // A second's turns at once, then one after the other.
  const greedy = Promise.all(Array.from({ length: 2 * mostReads.eachBrowser }, () => read('greedy-1')))
  expect(await seconds(read('modest-1'))).toBeLessThan(0.5)
  expect(await seconds(greedy)).toBeGreaterThan(0.8)
})

test('a sender that does not wait for its responses is rejected', async () => {
  const { read } = await start()
  const statuses = await Promise.all(Array.from({ length: 100 }, () => read('flooding')))
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(50)
})

test('all browsers together have a limit too', async () => {
  const { read, asked } = await start()
  const number = (index: number) => `browser${index % 10}${Math.floor(index / 10)}`.slice(-8)
  const started = performance.now()
  await Promise.all(Array.from({ length: 1500 }, (_, index) => read(number(index % 100))))
  const seconds = (performance.now() - started) / 1000
  expect(asked.length).toBeGreaterThan(mostReads.allBrowsers)
  // A second's turns may come at once.
  expect(asked.length).toBeLessThanOrEqual(mostReads.allBrowsers * (seconds + 1))
}, 20_000)

test('the news have the responses and the number of all browsers', async () => {
  const { room, read } = await start()
  const news: RoomNews[] = []
  onTestFinished(room.subscribe((latest) => news.push(latest)))
  await Promise.all([read('browser1'), read('browser2'), read('browser2')])
  await expect.poll(() => news.flatMap(({ answers }) => answers)).toHaveLength(3)
  const answers = news.flatMap(({ answers }) => answers)
  expect(answers.map(({ version }) => version)).toEqual(['2.0.0', '2.0.0', '2.0.0'])
  expect(answers.filter(({ ok }) => !ok)).toHaveLength(2)
  expect(news.at(-1)?.browsers).toBe(2)
})
