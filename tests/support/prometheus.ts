/** Queries Prometheus through the API server, because nothing else may call it. */
import { kubectl } from '../../cli/tools.ts'

const api = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1'

/** `data` of the response. */
export async function prometheus<T>(path: string): Promise<T> {
  return (JSON.parse(await kubectl(['get', '--raw', api + path])) as { data: T }).data
}

/** The single value of a query; 0 when there is none. */
export async function queryNumber(query: string): Promise<number> {
  const path = `/query?query=${encodeURIComponent(query)}`
  const { result } = await prometheus<{ result: { value: [number, string] }[] }>(path)
  return Number(result[0]?.value[1] ?? 0)
}
