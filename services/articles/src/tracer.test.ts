import { text } from 'node:stream/consumers'
import { recordingLogger, serve } from '@cloud-native-canary/shared/testing'
import { expect, test } from 'vitest'
import { startArticles } from './testing.ts'
import { Tracer } from './tracer.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = (flags: string) => ({ traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` })

/** Starts the service with a Zipkin, and returns the spans that Zipkin has got so far. */
async function startTraced() {
  const spans: unknown[] = []
  const zipkin = await serve(async (req, res) => {
    expect(`${req.method} ${req.url} b3=${req.headers.b3}`).toBe('POST /api/v2/spans b3=0')
    spans.push(...JSON.parse(await text(req)))
    res.writeHead(202).end()
  })
  return { ...(await startArticles({ ZIPKIN_URL: zipkin })), spans }
}

test('each query of a traced request is a client span of it, and no other query is reported', async () => {
  const { url, spans, postgres } = await startTraced()
  const list = (headers: Record<string, string>) => fetch(`${url}/articles/v1/getmultiple`, { headers })
  await list({})
  await list(traceparent('00'))
  await list({ traceparent: 'nonsense' })
  const before = Date.now() * 1000
  await list(traceparent('01'))
  await postgres.goAway()
  expect((await list(traceparent('01'))).status).toBe(503)
  await expect.poll(() => spans, { timeout: 5_000 }).toHaveLength(2)
  const [span, failed] = spans as { timestamp: number; duration: number }[]
  expect(span).toMatchObject({
    traceId,
    parentId: 'b7ad6b7169203331',
    id: expect.stringMatching(/^[\da-f]{16}$/),
    kind: 'CLIENT',
    name: 'SELECT',
    localEndpoint: { serviceName: 'articles' },
    remoteEndpoint: { serviceName: '127.0.0.1' },
    tags: { 'db.system.name': 'postgresql', 'db.query.text': expect.stringContaining('FROM articles') },
  })
  expect(span).not.toHaveProperty('tags.error')
  expect(failed).toMatchObject({ tags: { error: expect.stringContaining('The database does not answer') } })
  // Microseconds; the clocks of Date and performance may differ by some.
  expect(Math.abs((span?.timestamp ?? 0) - before)).toBeLessThan(1_000_000)
  expect(span?.duration).toBeGreaterThan(0)
})

test('a Zipkin that does not answer is no error', async () => {
  const { logger, lines } = recordingLogger()
  const tracer = new Tracer({ url: 'http://127.0.0.1:1', database: 'articles-db', logger })
  tracer.start('SELECT 1', traceparent('01'))?.()
  await tracer.flush()
  expect(lines).toMatchObject([{ level: 20, msg: 'spans are lost' }])
})
