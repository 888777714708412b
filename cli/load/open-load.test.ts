import { expect, test } from 'vitest'
import { serve } from '../../services/shared/src/testing.ts'
import { type Answer, openLoad } from './open-load.ts'

test('sends the right number of requests, and reports versions and failures', async () => {
  let served = 0
  const url = await serve((_req, res) => {
    served++
    const headers = { 'x-version': served % 2 === 0 ? '2.0.0' : '1.0.0' }
    res.writeHead(served % 4 === 0 ? 500 : 200, headers).end('{}')
  })
  const answers: Answer[] = []
  await openLoad({ url, rate: 200, seconds: 1, onAnswer: (answer) => answers.push(answer) })
  expect(served).toBe(200)
  expect(answers).toHaveLength(200)
  expect(answers.filter(({ failure }) => failure === 'status 500')).toHaveLength(50)
  expect(answers.filter(({ version }) => version === '2.0.0')).toHaveLength(100)
})

test('starts ten traces a second, and reports only these', async () => {
  const sent: string[] = []
  const url = await serve(({ headers }, res) => {
    const { traceparent } = headers
    if (traceparent) sent.push(String(traceparent))
    res.writeHead(200, { 'x-trace-url': `http://viewer/${traceparent}` }).end('{}')
  })
  const traced: (string | undefined)[] = []
  await openLoad({ url, rate: 100, seconds: 1, onAnswer: ({ traceUrl }) => traced.push(traceUrl) })
  expect(sent).toHaveLength(10)
  for (const traceparent of sent) expect(traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
  expect(traced).toHaveLength(100)
  expect(new Set(traced.filter(Boolean))).toEqual(new Set(sent.map((traceparent) => `http://viewer/${traceparent}`)))
})

test('keeps sending when the server stalls, and measures each latency from when the request was due', async () => {
  const start = performance.now()
  const url = await serve((_req, res) => {
    // The server returns no response in the first half second.
    setTimeout(() => res.end('{}'), Math.max(0, 500 - (performance.now() - start)))
  })
  const latencies: number[] = []
  await openLoad({ url, rate: 100, seconds: 1, onAnswer: ({ latencyMs }) => latencies.push(latencyMs) })
  expect(latencies).toHaveLength(100)
  // A closed client would get one late response for each connection, and then only fast ones.
  expect(latencies.filter((latency) => latency > 250).length).toBeGreaterThanOrEqual(20)
})

test('reports when each request was due', async () => {
  const url = await serve((_req, res) => res.end('{}'))
  const due: number[] = []
  await openLoad({ url, rate: 100, seconds: 0.2, onAnswer: ({ dueAt }) => due.push(dueAt) })
  due.sort((one, other) => one - other)
  expect(due.map((time) => Math.round(time - (due[0] ?? 0)))).toEqual(
    Array.from({ length: 20 }, (_, index) => index * 10),
  )
})

test('users take turns, and each sends the cookies that it has received', async () => {
  const sent: (string | undefined)[] = []
  const url = await serve((req, res) => {
    const number = sent.push(req.headers.cookie)
    res.writeHead(200, { 'set-cookie': [`user=${number}; Path=/; HttpOnly`, 'other=a=b'] }).end('{}')
  })
  const users: (number | undefined)[] = []
  await openLoad({ url, rate: 20, seconds: 0.3, users: 3, onAnswer: ({ user }) => users.push(user) })
  expect(sent).toEqual([undefined, undefined, undefined, ...[1, 2, 3].map((number) => `user=${number}; other=a=b`)])
  expect(users.sort()).toEqual([0, 0, 1, 1, 2, 2])
})

test('loses no request when the server closes a kept connection, as in a browser', async () => {
  const used = new WeakSet()
  const url = await serve((req, res) => {
    if (used.has(req.socket)) return req.socket.destroy()
    used.add(req.socket)
    return res.end('{}')
  })
  const failures: unknown[] = []
  await openLoad({ url, rate: 100, seconds: 1, onAnswer: ({ failure }) => failures.push(failure) })
  expect(failures).toEqual(Array.from({ length: 100 }))
})

test('reports a failure when the server closes every connection without a response', async () => {
  const url = await serve((req) => req.socket.destroy())
  const answers: Answer[] = []
  await openLoad({ url, rate: 20, seconds: 1, onAnswer: (answer) => answers.push(answer) })
  expect(answers.filter(({ failure }) => failure)).toHaveLength(20)
})

test('reports each request as failed, and goes on, when no server listens', async () => {
  const answers: Answer[] = []
  await openLoad({ url: 'http://127.0.0.1:1/', rate: 20, seconds: 1, onAnswer: (answer) => answers.push(answer) })
  expect(answers).toHaveLength(20)
  expect(answers[0]).toMatchObject({ version: undefined, failure: expect.stringContaining('ECONNREFUSED') })
})

test('an abort ends the load early, and leaves out requests without a response', async () => {
  const stop = new AbortController()
  const url = await serve(() => stop.abort())
  const answers: Answer[] = []
  await openLoad({ url, rate: 10, seconds: 600, signal: stop.signal, onAnswer: (answer) => answers.push(answer) })
  expect(answers).toEqual([])
})
