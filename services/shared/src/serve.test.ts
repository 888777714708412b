import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listen, stop } from './serve.ts'
import { createService } from './service.ts'
import { quiet, urlOf } from './testing.ts'

const settings = {
  HOST: '127.0.0.1',
  PORT: 0,
  SHUTDOWN_GRACE_MS: 150,
  SHUTDOWN_TIMEOUT_MS: 5_000,
  KEEP_ALIVE_TIMEOUT_MS: 60_000,
}

/** A service with one route, which returns its response after `delay` milliseconds. */
async function start(delay: number, changes: Partial<typeof settings> = {}) {
  const own = { ...settings, ...changes }
  const dependencies = quiet()
  const app = createService({
    ...dependencies,
    name: 'test',
    description: '',
    routes: [
      {
        method: 'get',
        path: '/slow',
        operation: { responses: {} },
        async handle(_req, res) {
          await sleep(delay)
          res.end('done')
        },
      },
    ],
  })
  const { lifecycle } = dependencies
  const listening = await listen(app, lifecycle, own)
  const { server } = listening
  return { server, url: urlOf(server), stop: () => stop(listening, lifecycle, own) }
}

function request(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', () => resolve(response))).on('error', reject)
  })
}

test('a service that stops under load loses no request of a proxy with keep-alive connections', async () => {
  const service = await start(3)
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const answers: (number | undefined)[] = []
  let ready = true
  const prober = async () => {
    const probes = new Agent()
    while (ready) ready = (await request(`${service.url}/health/ready`, probes)).statusCode === 200
  }
  const client = async () => {
    while (ready) answers.push((await request(`${service.url}/slow`, agent)).statusCode)
  }
  // Each promise rejects with the first lost request.
  const clients = Promise.all([prober(), ...Array.from({ length: 20 }, client)])
  await expect.poll(() => answers.length).toBeGreaterThan(100)
  const before = answers.length
  const stopped = service.stop()
  await clients
  expect(await stopped).toBe(true)
  expect(answers.length).toBeGreaterThan(before)
  expect(new Set(answers)).toEqual(new Set([200]))
})

test('a stopping service still serves, is not ready, and asks clients to close their connections', async () => {
  const service = await start(0, { SHUTDOWN_GRACE_MS: 1_000 })
  const agent = new Agent({ keepAlive: true })
  expect((await request(`${service.url}/health/ready`, agent)).headers.connection).toBe('keep-alive')
  const stopped = service.stop()
  const ready = await request(`${service.url}/health/ready`, agent)
  expect(ready.statusCode).toBe(503)
  expect(ready.headers.connection).toBe('close')
  expect((await request(`${service.url}/slow`, agent)).statusCode).toBe(200)
  expect(await stopped).toBe(true)
})

test('a stopping service finishes the request in flight after it stops accepting new ones', async () => {
  const service = await start(400, { SHUTDOWN_GRACE_MS: 0 })
  const agent = new Agent({ keepAlive: true })
  const answer = request(`${service.url}/slow`, agent)
  await once(service.server, 'request')
  const stopped = service.stop()
  const { statusCode, headers } = await answer
  expect(statusCode).toBe(200)
  expect(headers.connection).toBe('close')
  expect(await stopped).toBe(true)
  await expect(request(`${service.url}/slow`, agent)).rejects.toThrow('ECONNREFUSED')
})

test('idle connections do not delay the stop', async () => {
  const service = await start(0, { SHUTDOWN_GRACE_MS: 0 })
  await request(`${service.url}/slow`, new Agent({ keepAlive: true }))
  const begin = performance.now()
  expect(await service.stop()).toBe(true)
  expect(performance.now() - begin).toBeLessThan(1_000)
})

test('a stopping service cuts off a request that takes too long, and reports it', async () => {
  const service = await start(60_000, { SHUTDOWN_GRACE_MS: 0, SHUTDOWN_TIMEOUT_MS: 50 })
  const answer = request(`${service.url}/slow`, new Agent()).catch((error: Error) => error)
  await once(service.server, 'request')
  expect(await service.stop()).toBe(false)
  expect(await answer).toBeInstanceOf(Error)
})

test('the server keeps idle connections for KEEP_ALIVE_TIMEOUT_MS, and its headers time-out is longer', async () => {
  const { server, stop } = await start(0, { SHUTDOWN_GRACE_MS: 0 })
  expect(server.keepAliveTimeout).toBe(60_000)
  expect(server.headersTimeout).toBeGreaterThan(server.keepAliveTimeout)
  await stop()
})

test.each([
  ['headers that are too long', `GET / HTTP/1.1\r\nhost: x\r\ncookie: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  ['bytes that are not HTTP', 'nonsense\r\n\r\n', 400],
])('the server rejects %s with a problem', async (_, bytes, status) => {
  const service = await start(0)
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write(bytes)
  const [head, body = ''] = (await text(socket)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem\\+json`, 's'))
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status })
  await service.stop()
})
