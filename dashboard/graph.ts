/** The live traffic from Prometheus: rate, errors and latency between each pair of services. */
import { type Labels, queryNow, type Sample } from './prometheus.ts'
import type { Edge, Graph, Rollout } from './types.ts'

/** Long enough for several scrapes, which are 2 s apart, and short enough to follow a rollout. */
export const windowSeconds = 30

const requests = 'envoy_cluster_upstream_rq'
const version = '* on(instance) group_left(version) service_info{service="web-api"}'
const window = `[${windowSeconds}s]`

/** Each kind of edge: queries for rate, errors and p95 in milliseconds, by the labels that distinguish its edges. */
const kinds = [
  kind('destination, subset', `${requests}{app="istio-ingressgateway"`, ''),
  kind('destination, version', `${requests}{app="web-api"`, version),
]

function kind(by: string, selector: string, join: string) {
  const time = selector.replace(requests, `${requests}_time_bucket`)
  return {
    rate: `sum by (${by}) (rate(${selector}}${window}) ${join})`,
    errors: `sum by (${by}) (rate(${selector},response_code=~"5.."}${window}) ${join})`,
    p95: `histogram_quantile(0.95, sum by (${by}, le) (rate(${time}}${window}) ${join}))`,
  }
}

const database = {
  rate: `sum(rate(db_client_operation_duration_seconds_count${window}))`,
  errors: `sum(rate(db_client_operation_duration_seconds_count{error="true"}${window}))`,
  p95: `1000 * histogram_quantile(0.95, sum by (le) (rate(db_client_operation_duration_seconds_bucket${window})))`,
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

/**
 * Reads all edges in parallel.
 * @param rollout has the versions of stable and canary
 */
export async function trafficGraph(rollout: Rollout | undefined): Promise<Graph> {
  try {
    const edges = await Promise.all(
      [...kinds, database].map(async ({ rate, errors, p95 }) => {
        const [rates = [], failed = [], slow = []] = await Promise.all([rate, errors, p95].map(queryNow))
        return rates.flatMap(({ metric, value }) => edge(metric, Number(value[1]), failed, slow, rollout))
      }),
    )
    return { edges: edges.flat(), problem: '' }
  } catch (error) {
    return { edges: [], problem: `Prometheus does not answer: ${(error as Error).message}` }
  }
}

function edge(metric: Labels, rate: number, failed: Sample[], slow: Sample[], rollout: Rollout | undefined): Edge[] {
  if (!(rate > 0)) return []
  const [from, to] = ends(metric, rollout)
  const same = (other: Sample) =>
    ['destination', 'subset', 'version'].every((label) => (other.metric[label] ?? '') === (metric[label] ?? ''))
  const errors = Number(failed.find(same)?.value[1] ?? 0)
  const p95 = Number(slow.find(same)?.value[1])
  return [{ from, to, requestsPerSecond: rate, errorShare: errors / rate, ...(Number.isFinite(p95) && { p95 }) }]
}
