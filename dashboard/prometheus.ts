/** A client of the cluster's Prometheus, through the API server, because nothing else may call it. */
import { kubernetes } from '../cli/kubernetes.ts'

const api = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1'

export type Labels = Record<string, string>

export interface Sample {
  metric: Labels
  value: [seconds: number, value: string]
}

export interface Series {
  metric: Labels
  values: [seconds: number, value: string][]
}

async function ask<T>(path: string, parameters: Record<string, string>): Promise<T[]> {
  const { data } = await kubernetes.get<{ data: { result: T[] } }>(`${api}/${path}?${new URLSearchParams(parameters)}`)
  return data.result
}

const oneLine = (query: string) => query.replaceAll(/\s+/g, ' ').trim()

/** The present values of a query. @throws {UserError} */
export const queryNow = (query: string) => ask<Sample>('query', { query: oneLine(query) })

/**
 * The values of a query over a time.
 * @param from, to in seconds since the epoch
 * @param step in seconds
 * @throws {UserError}
 */
export function queryRange(query: string, from: number, to: number, step: number): Promise<Series[]> {
  return ask<Series>('query_range', { query: oneLine(query), start: `${from}`, end: `${to}`, step: `${step}` })
}
