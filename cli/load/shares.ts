/** Calculates each version's share of a route's requests from the VirtualServices, DestinationRules and pods. */
import type { IDestinationRule, IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import type { Pod } from 'kubernetes-types/core/v1.d.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import type { Shares } from './tally.ts'

/** The objects that decide which version gets a request. */
export interface Routing {
  virtualServices: Pick<IVirtualService, 'spec'>[]
  destinationRules: Pick<IDestinationRule, 'spec'>[]
  pods: Pod[]
}

/** Versions of the pods that a destination selects, one for each pod. */
function versionsOf(host: string, subset: string | undefined, { destinationRules, pods }: Routing): string[] {
  const subsets = destinationRules.flatMap(({ spec }) => (spec?.host === host ? (spec.subsets ?? []) : []))
  const wanted = { app: host, ...subsets.find(({ name }) => name === subset)?.labels }
  return pods.flatMap(({ metadata, spec }) => {
    if (metadata?.deletionTimestamp) return []
    if (!Object.entries(wanted).every(([name, value]) => metadata?.labels?.[name] === value)) return []
    const image = spec?.containers.find(({ name }) => name === host)?.image
    return image ? [image.slice(image.lastIndexOf(':') + 1)] : []
  })
}

/**
 * Shares from 0 to 1, by version. When a subset has pods of several versions, as in a rolling update, each pod gets the
 * same share. Undefined when no VirtualService has the route.
 */
export function sharesOf(route: string, routing: Routing): Shares | undefined {
  const routes = routing.virtualServices.flatMap(({ spec }) => spec?.http ?? [])
  const destinations = routes.find(({ name, route: to }) => name === route && to)?.route
  if (!destinations) return undefined
  const shares: Shares = {}
  for (const { destination, weight = 100 } of destinations) {
    const versions = versionsOf(destination?.host ?? '', destination?.subset, routing)
    for (const version of versions) shares[version] = (shares[version] ?? 0) + weight / 100 / versions.length
  }
  return shares
}

/** The shares that the running cluster asks for now. */
export async function wantedShares(route: string): Promise<Shares | undefined> {
  const [virtualServices, destinationRules, pods] = await Promise.all([
    kubernetes.list<IVirtualService>(`${folders.istio}/virtualservices`),
    kubernetes.list<IDestinationRule>(`${folders.istio}/destinationrules`),
    kubernetes.list<Pod>(`${folders.core}/pods`),
  ])
  return sharesOf(route, { virtualServices, destinationRules, pods })
}
