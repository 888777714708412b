/** Prometheus scrapes every pod that serves requests, and counts the users' requests. */
import { expect, test } from '@playwright/test'
import { namespace } from '../../cli/settings.ts'
import { kubectlJson } from '../../cli/tools.ts'
import { prometheus, queryNumber } from '../support/prometheus.ts'
import { askMany } from '../support/traffic.ts'

interface Targets {
  activeTargets: { labels: { job: string; app?: string; instance: string }; health: string; lastError: string }[]
}

test('Prometheus scrapes every Envoy in the path of a request, every service, and Argo Rollouts', async () => {
  await expect(async () => {
    const { items } = await kubectlJson<{
      items: { metadata: { labels: { app: string } }; status: { podIP: string; phase: string } }[]
    }>(['get', 'pods', '--all-namespaces', '--selector=app in (istio-ingressgateway,web-app,web-api,articles,authors)'])
    const envoys = items.map(({ metadata, status }) => `envoy ${metadata.labels.app} ${status.podIP} up`)
    const services = items
      .filter(({ metadata }) => ['web-api', 'articles', 'authors'].includes(metadata.labels.app))
      .map(({ metadata, status }) => `services ${metadata.labels.app} ${status.podIP} up`)
    const { activeTargets } = await prometheus<Targets>('/targets?state=active')
    const found = activeTargets.map(({ labels, health, lastError }) =>
      [labels.job, labels.app, labels.instance, health, lastError].filter(Boolean).join(' '),
    )
    const rollouts = 'argo-rollouts argo-rollouts-metrics.argo-rollouts.svc:8090 up'
    expect(found.sort()).toEqual([...envoys, ...services, rollouts].sort())
  }).toPass({ timeout: 60_000 })
})

test('the count of requests from the gateway to stable equals the number of requests that users sent', async () => {
  const requests =
    'sum(envoy_cluster_upstream_rq{app="istio-ingressgateway",destination="web-api",response_code="200"})'
  const before = await queryNumber(requests)
  await askMany(500)
  await expect.poll(() => queryNumber(requests).then((after) => after - before), { timeout: 30_000 }).toBe(500)
})

test("Istio's own metrics have the same count, and Istio's labels for both ends", async () => {
  // Only the version that gets requests: the counters of others disappear when Envoy replaces a listener, and sums decrease.
  const labels = {
    reporter: 'source',
    source_workload: 'istio-ingressgateway',
    destination_service_name: 'web-api',
    destination_version: '1.0.0',
    response_code: '200',
  }
  const selector = `{${Object.entries(labels).map(([name, value]) => `${name}="${value}"`)}}`
  const requests = `sum(istio_requests_total${selector})`
  const durations = `sum(istio_request_duration_milliseconds_count${selector})`
  const both = async () => [await queryNumber(requests), await queryNumber(durations)]
  const [start = 0] = await both()
  await askMany(10)
  // Envoy merges the counts of its threads every five seconds: both metrics agree when no request is in flight.
  let before = 0
  await expect(async () => {
    const [counted = 0, measured] = await both()
    expect(measured).toBe(counted)
    expect(counted).toBeGreaterThanOrEqual(start + 10)
    before = counted
  }).toPass({ timeout: 30_000 })
  await askMany(500)
  await expect.poll(both, { timeout: 30_000 }).toEqual([before + 500, before + 500])
  const path = `/query?query=${encodeURIComponent(`istio_requests_total${selector}`)}`
  const { result } = await prometheus<{ result: { metric: Record<string, string> }[] }>(path)
  for (const { metric } of result)
    expect(metric).toMatchObject({
      source_workload_namespace: 'istio-system',
      source_canonical_service: 'istio-ingressgateway',
      source_principal: 'spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
      destination_principal: `spiffe://cluster.local/ns/${namespace}/sa/web-api`,
      destination_service: `web-api.${namespace}.svc.cluster.local`,
      destination_service_namespace: namespace,
      destination_workload: 'web-api',
      destination_workload_namespace: namespace,
      destination_canonical_service: 'web-api',
      request_protocol: 'http',
      response_flags: '-',
    })
})
