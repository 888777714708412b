/** One line in git enables Zipkin, and traces of requests through the mesh. */
import { randomBytes } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { request } from 'undici'
import { root } from '../../cli/settings.ts'
import { expectAccessible } from '../support/accessibility.ts'
import { errorsOf } from '../support/argocd-pages.ts'
import { Clone } from '../support/gitops.ts'
import { expectRejection, needsBuild, servePage, switchOn } from '../support/options.ts'
import { finishRollout, weightsAre } from '../support/rollouts.ts'
import { listUrl } from '../support/traffic.ts'

// The first time, the test builds the image, or the node pulls it.
test.setTimeout(900_000)

/** https://zipkin.io/zipkin-api/#/default/get_trace__traceId_ */
interface Span {
  id: string
  parentId?: string
  kind: 'CLIENT' | 'SERVER'
  localEndpoint: { serviceName: string }
  remoteEndpoint?: { serviceName?: string }
  tags: Record<string, string>
}

const npm = async (...args: string[]) => (await execa('npm', ['run', '--silent', ...args], { cwd: root })).stdout

let clone: Clone
let url: string
let stop = async () => {}

test.beforeAll(async () => {
  clone = await Clone.make()
  if (await needsBuild('zipkin')) {
    await expectRejection(clone, 'zipkin')
    await npm('release', '--', 'zipkin')
  }
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await switchOn(clone, 'zipkin')
  const page = await servePage('zipkin')
  // istioctl prints localhost, and listens on 127.0.0.1.
  url = page.url.replace('//localhost:', '//127.0.0.1:')
  stop = page.stop
})

test.afterAll(async () => {
  await stop()
  await clone.restore()
  await finishRollout()
})

/** The spans of a trace that Zipkin has so far. */
async function spansOf(traceId: string): Promise<Span[]> {
  const { statusCode, body } = await request(`${url}/api/v2/trace/${traceId}`)
  if (statusCode === 200) return (await body.json()) as Span[]
  await body.dump()
  return []
}

const queryIn = (spans: Span[]) => spans.find(({ remoteEndpoint }) => remoteEndpoint?.serviceName === 'articles-db')

const servicesIn = (spans: Span[]) => [...new Set(spans.map(({ localEndpoint }) => localEndpoint.serviceName))].sort()

test("a caller's traceparent starts a trace through the gateway, the canary, articles with its query, and authors", async () => {
  const caller = randomBytes(8).toString('hex')
  let spans: Span[] = []
  const byId = (wanted?: string) => spans.find(({ id }) => id === wanted)
  await expect(async () => {
    const traceId = randomBytes(16).toString('hex')
    // Bypasses the cache of the list; that of the authors expires within a second.
    const headers = { 'x-canary': 'always', 'cache-control': 'no-cache', traceparent: `00-${traceId}-${caller}-01` }
    const answer = await request(listUrl, { headers })
    await answer.body.dump()
    expect(answer.headers).toMatchObject({ 'x-version': '2.0.0', 'x-trace-url': `${url}/zipkin/traces/${traceId}` })
    // Envoys report their spans every five seconds.
    await expect(async () => {
      spans = await spansOf(traceId)
      expect(servicesIn(spans)).toEqual(['articles', 'authors', 'istio-ingressgateway', 'web-api'])
      // Not before every Envoy has tracing: without that of articles, the query would have another parent.
      expect(byId(queryIn(spans)?.parentId)).toMatchObject({
        kind: 'SERVER',
        localEndpoint: { serviceName: 'articles' },
      })
    }).toPass({ timeout: 10_000 })
  }).toPass({ timeout: 90_000 })

  const of = (name: string) => spans.filter(({ localEndpoint }) => localEndpoint.serviceName === name)
  const roots = spans.filter(({ parentId }) => !byId(parentId))
  expect(roots).toMatchObject([
    { parentId: caller, kind: 'SERVER', localEndpoint: { serviceName: 'istio-ingressgateway' } },
  ])
  // Which version served the request: at the gateway by the response, and in each span of web-api by its pod.
  for (const { tags } of of('istio-ingressgateway')) expect(tags['x-version']).toBe('2.0.0')
  for (const { tags } of of('web-api')) expect(tags['istio.canonical_revision']).toBe('2.0.0')
  expect(queryIn(spans)).toMatchObject({
    kind: 'CLIENT',
    tags: { 'db.query.text': expect.stringContaining('FROM articles') },
  })
})

test('a row of the Traffic page leads to its trace', async ({ page }) => {
  const errors = errorsOf(page)
  await page.goto('/traffic')
  await page.getByRole('button', { name: 'Start' }).click()
  const row = page.locator('[data-version="1.0.0"]')
  await expect(row.getByRole('cell').filter({ hasText: /^[1-9]\d+$/ })).not.toHaveCount(0)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expectAccessible(page)
  const link = row.getByRole('link', { name: 'slowest' })
  const traceId = (await link.getAttribute('href'))?.split('/').at(-1) ?? ''
  await expect.poll(() => spansOf(traceId).then(servicesIn), { timeout: 15_000 }).toContain('web-api')
  const [viewer] = await Promise.all([page.waitForEvent('popup'), link.click()])
  await expect(viewer.getByText(traceId).first()).toBeVisible({ timeout: 30_000 })
  await expect(viewer.getByText('istio-ingressgateway', { exact: false }).first()).toBeVisible()
  expect(errors).toEqual([])
})

test('npm run load prints the trace of the slowest request of each version', async () => {
  const report = JSON.parse(await npm('load', '--', '--rate=20', '--duration=5', '--json')) as {
    versions: { version: string; worst: { url: string } }[]
  }
  expect(report.versions.map(({ version }) => version)).toEqual(['1.0.0', '2.0.0'])
  for (const { version, worst } of report.versions) {
    const versions = async () => {
      const spans = await spansOf(worst.url.split('/').at(-1) ?? '')
      return spans
        .filter(({ localEndpoint }) => localEndpoint.serviceName === 'web-api')
        .map(({ tags }) => tags['istio.canonical_revision'])
    }
    await expect.poll(versions, { timeout: 15_000 }).toContain(version)
  }
})
