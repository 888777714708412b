/** Prometheus knows of every pod that carries requests, and counts what the users' requests were. */
import { expect, test } from '@playwright/test'
import { kubectlJson } from '../../cli/tools.ts'
import { prometheus, queryNumber } from '../support/prometheus.ts'
import { askMany } from '../support/traffic.ts'

interface Targets {
  activeTargets: { labels: { job: string; app: string; instance: string }; health: string; lastError: string }[]
}

test('every Envoy on the way of a request, and every service, is read', async () => {
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
      [labels.job, labels.app, labels.instance, health, lastError].join(' ').trim(),
    )
    expect(found.sort()).toEqual([...envoys, ...services].sort())
  }).toPass({ timeout: 60_000 })
})

test('what the gateway is counted to have sent to stable is what users asked for', async () => {
  const requests =
    'sum(envoy_cluster_upstream_rq{app="istio-ingressgateway",destination="web-api",response_code="200"})'
  const before = await queryNumber(requests)
  await askMany(500)
  await expect.poll(() => queryNumber(requests).then((after) => after - before), { timeout: 30_000 }).toBe(500)
})
