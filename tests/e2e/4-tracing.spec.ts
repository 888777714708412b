/** One line in git enables tracing of every request through the mesh. */
import { expect, test } from '@playwright/test'
import { request } from 'undici'
import { clusterFolder, namespace, rememberedChoices } from '../../cli/settings.ts'
import { Clone } from '../support/gitops.ts'
import { startJaeger, traces } from '../support/jaeger.ts'
import { listUrl } from '../support/traffic.ts'

// The first time, the test compiles Jaeger.
test.setTimeout(900_000)

let clone: Clone
let stopJaeger = async (): Promise<unknown> => undefined

test.beforeEach(async () => {
  clone = await Clone.make()
})

test.afterEach(async () => {
  await clone.restore()
  await stopJaeger()
})

test('with apps/options/tracing, a request has one trace through gateway, web-api, articles and authors', async () => {
  const isBuilt = rememberedChoices()?.images === 'built'
  if (isBuilt) stopJaeger = await startJaeger()
  const part = isBuilt ? 'tracing' : 'addons'
  await clone.edit(
    `${clusterFolder}/kustomization.yaml`,
    `# - ../../apps/options/${part} #`,
    `- ../../apps/options/${part} #`,
  )
  expect(await clone.push('Tracing')).toMatchObject({ accepted: true })
  await clone.synced()
  const own = ['web-api', 'articles', 'authors'].map((name) => `${name}.${namespace}`)
  const services = ['istio-ingressgateway.istio-system', ...own]
  await expect(async () => {
    // Bypasses the cache, because a cached list needs no calls of articles and authors.
    const { body } = await request(listUrl, { headers: { 'cache-control': 'no-cache' } })
    await body.dump()
    const whole = (await traces()).find(({ processes }) => {
      const found = new Set(Object.values(processes).map(({ serviceName }) => serviceName))
      return services.every((name) => found.has(name))
    })
    expect(whole).toBeDefined()
    // Each span except the gateway's first has a parent in the same trace.
    const known = new Set(whole?.spans.map(({ spanID }) => spanID))
    const roots = whole?.spans.filter(({ references }) => !references.some(({ spanID }) => known.has(spanID)))
    expect(roots).toHaveLength(1)
  }).toPass({ timeout: 60_000 })
})
