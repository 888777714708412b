/** The live traffic from Prometheus: rate, statuses and latency between services and of each route, and what Istio decides. */
import { isDeepStrictEqual } from 'node:util'
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import { faultsIn, placeOf } from '../cli/health.ts'
import { type Labels, queryNow, type Sample } from './prometheus.ts'
import type { Decision, Edge, Graph, Rollout, Route } from './types.ts'

/** Long enough for several scrapes, which are 2 s apart, and short enough to follow a rollout. */
export const windowSeconds = 30

const requests = 'envoy_cluster_upstream_rq'
const gateway = 'app="istio-ingressgateway"'
const version = '* on(instance) group_left(version) service_info{service="web-api"}'
const window = `[${windowSeconds}s]`

/** Each kind of edge: queries for the rate by status and p95 in milliseconds, by the labels that distinguish its edges. */
const kinds = [
  kind('destination, subset', `{${gateway}}`, ''),
  kind('destination, version', '{app="web-api"}', version),
]

function kind(by: string, selector: string, join: string) {
  return {
    code: 'response_code',
    rate: `sum by (${by}, response_code) (rate(${requests}${selector}${window}) ${join})`,
    p95: `histogram_quantile(0.95, sum by (${by}, le) (rate(${requests}_time_bucket${selector}${window}) ${join}))`,
  }
}

const database = {
  code: 'error',
  rate: `sum by (error) (rate(db_client_operation_duration_seconds_count${window}))`,
  p95: `1000 * histogram_quantile(0.95, sum by (le) (rate(db_client_operation_duration_seconds_bucket${window})))`,
}

const measured = 'http_server_request_duration_seconds'
const byRoute = `http_request_method, http_route, version`
const users = '{app="web-api",http_route!~"/metrics|/health/.*"}'
const routes = {
  code: 'http_response_status_code',
  rate: `sum by (${byRoute}, http_response_status_code) (rate(${measured}_count${users}${window}) ${version})`,
  p95: `1000 * histogram_quantile(0.95, sum by (${byRoute}, le) (rate(${measured}_bucket${users}${window}) ${version}))`,
}

const decided = {
  retries: `sum by (app, destination, subset) (rate(${requests}_retry${window})) > 0`,
  ejected: 'sum by (app, destination, subset) (envoy_cluster_outlier_detection_ejections_active) > 0',
  full: 'max by (app, destination, subset) ({__name__=~"envoy_cluster_circuit_breakers_default_.+_open"}) > 0',
  own: `sum by (response_code) (rate(istio_requests_total{${gateway},destination_service_name=~"|unknown"}${window})) > 0`,
}

/** The ends of an edge, from the labels of its samples. */
function ends(labels: Labels, rollout: Rollout | undefined): [from: string, to: string] {
  const { destination, subset, version } = labels
  if (!destination) return ['articles', 'database']
  if (version !== undefined) return [subsetOf(version, rollout), destination]
  return ['gateway', destination === 'web-api' ? subset || 'web-api' : destination]
}

function subsetOf(version: string, rollout: Rollout | undefined): string {
  if (!rollout) return version.startsWith('1.') ? 'v1' : 'v2'
  return version === rollout.stableVersion ? 'stable' : 'canary'
}

/** Samples that differ in their status only, with their sum. */
interface Group {
  labels: Labels
  requestsPerSecond: number
  codes: Record<string, number>
}

/** @param code the label with the status */
function groups(samples: Sample[], code: string): Group[] {
  const found = new Map<string, Group>()
  for (const { metric, value } of samples) {
    const { [code]: status = '', ...labels } = metric
    const key = JSON.stringify(Object.entries(labels).sort())
    const group = found.get(key) ?? { labels, requestsPerSecond: 0, codes: {} }
    const rate = Number(value[1])
    if (!(rate > 0)) continue
    found.set(key, group)
    group.requestsPerSecond += rate
    if (status) group.codes[status] = rate
  }
  return [...found.values()]
}

/** p95 of the sample with these labels. */
function p95Of(labels: Labels, slow: Sample[]): { p95?: number } {
  const same = ({ metric }: Sample) => isDeepStrictEqual(metric, labels)
  const p95 = Number(slow.find(same)?.value[1])
  return Number.isFinite(p95) ? { p95 } : {}
}

function edge({ labels, requestsPerSecond, codes }: Group, slow: Sample[], rollout: Rollout | undefined): Edge {
  const [from, to] = ends(labels, rollout)
  const failed = Object.entries(codes).filter(([code]) => code.startsWith('5') || code === 'true')
  const errors = failed.reduce((sum, [, rate]) => sum + rate, 0)
  return { from, to, requestsPerSecond, errorShare: errors / requestsPerSecond, codes, ...p95Of(labels, slow) }
}

function route({ labels, requestsPerSecond, codes }: Group, slow: Sample[]): Route {
  const name = `${labels.http_request_method} ${labels.http_route}`
  return { name, version: labels.version ?? '', requestsPerSecond, codes, ...p95Of(labels, slow) }
}

const perSecond = ({ value }: Sample) => `${Number(value[1]).toFixed(1)}/s`
const calls = ({ app, destination, subset }: Labels) => `${app} → ${[destination, subset].filter(Boolean).join(' ')}`
const target = ({ destination = '', subset }: Labels) => subset || destination

/** What the Envoys report of their decisions. */
async function reported(): Promise<Decision[]> {
  const [retries = [], ejected = [], full = [], own = []] = await Promise.all(Object.values(decided).map(queryNow))
  const of = (samples: Sample[], kind: Decision['kind'], text: (sample: Sample) => string) =>
    samples.map((sample) => ({ kind, to: target(sample.metric), text: text(sample) }))
  return [
    ...of(retries, 'retries', (sample) => `${calls(sample.metric)}: ${perSecond(sample)} retries`),
    ...of(ejected, 'circuit breaker', ({ metric, value }) => `${calls(metric)}: ${value[1]} instances get no calls`),
    ...of(full, 'circuit breaker', ({ metric }) => `${calls(metric)}: a limit of connections or requests is reached`),
    ...own.map((sample): Decision => {
      const text = `the gateway itself returns status ${sample.metric.response_code}: ${perSecond(sample)}`
      return { kind: 'response', to: 'gateway', text }
    }),
  ]
}

/** Faults and mirrors in VirtualServices. */
export function configured(virtualServices: IVirtualService[]): Decision[] {
  const mirrors = virtualServices.flatMap(({ metadata, spec }) =>
    (spec?.http ?? []).flatMap((route): Decision[] => {
      const { mirror } = route
      const text = `${placeOf(metadata?.name ?? '', route)}: ${mirror?.subset} gets copies`
      return mirror ? [{ kind: 'mirror', to: mirror.subset ?? mirror.host ?? '', text }] : []
    }),
  )
  return [
    ...faultsIn(virtualServices).map(({ service, text }): Decision => ({ kind: 'fault', to: service, text })),
    ...mirrors,
  ]
}

/**
 * Reads everything in parallel.
 * @param rollout has the versions of stable and canary
 * @param virtualServices have the faults and mirrors
 */
export async function trafficGraph(rollout: Rollout | undefined, virtualServices: IVirtualService[]): Promise<Graph> {
  const decisions = configured(virtualServices)
  try {
    const [edges, ofRoutes, envoys] = await Promise.all([
      Promise.all([...kinds, database].map(ask)),
      ask(routes),
      reported(),
    ])
    return {
      edges: edges.flatMap(({ found, slow }) => found.map((group) => edge(group, slow, rollout))),
      routes: ofRoutes.found.map((group) => route(group, ofRoutes.slow)),
      decisions: [...envoys, ...decisions],
      problem: '',
    }
  } catch (error) {
    const problem = `Prometheus does not answer: ${(error as Error).message}`
    return { edges: [], routes: [], decisions, problem }
  }
}

async function ask({ code, rate, p95 }: typeof routes): Promise<{ found: Group[]; slow: Sample[] }> {
  const [rates, slow] = await Promise.all([queryNow(rate), queryNow(p95)])
  return { found: groups(rates, code), slow }
}
