/** Which version is to get how much of a route's requests, by the VirtualServices, DestinationRules and pods. */
import { namespace } from '../settings.ts'
import { kubectlJson } from '../tools.ts'
import type { Shares } from './tally.ts'

interface Destination {
  destination: { host: string; subset?: string }
  weight?: number
}

type Labels = Record<string, string>

export type Item =
  | { kind: 'VirtualService'; spec: { http: { name?: string; route?: Destination[] }[] } }
  | { kind: 'DestinationRule'; spec: { host: string; subsets?: { name: string; labels?: Labels }[] } }
  | {
      kind: 'Pod'
      metadata: { labels?: Labels; deletionTimestamp?: string }
      spec: { containers: { name: string; image: string }[] }
    }

/** Versions of the pods that a destination selects, one for each pod. */
function versionsOf({ host, subset }: Destination['destination'], items: Item[]): string[] {
  const subsets = items.flatMap((item) =>
    item.kind === 'DestinationRule' && item.spec.host === host ? (item.spec.subsets ?? []) : [],
  )
  const wanted = { app: host, ...subsets.find(({ name }) => name === subset)?.labels }
  return items.flatMap((item) => {
    if (item.kind !== 'Pod' || item.metadata.deletionTimestamp) return []
    if (!Object.entries(wanted).every(([name, value]) => item.metadata.labels?.[name] === value)) return []
    const image = item.spec.containers.find(({ name }) => name === host)?.image
    return image ? [image.slice(image.lastIndexOf(':') + 1)] : []
  })
}

/**
 * Shares from 0 to 1, by version. A subset whose pods are of several versions, as in a rolling update, gives each as
 * much as it has pods. Undefined when no VirtualService has the route.
 */
export function sharesOf(route: string, items: Item[]): Shares | undefined {
  const routes = items.flatMap((item) => (item.kind === 'VirtualService' ? item.spec.http : []))
  const destinations = routes.find(({ name, route: to }) => name === route && to)?.route
  if (!destinations) return undefined
  const shares: Shares = {}
  for (const { destination, weight = 100 } of destinations) {
    const versions = versionsOf(destination, items)
    for (const version of versions) shares[version] = (shares[version] ?? 0) + weight / 100 / versions.length
  }
  return shares
}

/** What the running cluster asks for now. */
export async function wantedShares(route: string): Promise<Shares | undefined> {
  const kinds = 'virtualservices,destinationrules,pods'
  return sharesOf(route, (await kubectlJson<{ items: Item[] }>(['get', kinds, `--namespace=${namespace}`])).items)
}
