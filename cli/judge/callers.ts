/** Who may call a workload, as the mesh's and the cluster's policies in git say. */
import { namespace as ownNamespace } from '../settings.ts'
import { type Fields, itemsOf, list, selects, workloads } from './names.ts'
import { type KubernetesObject, nameOf } from './objects.ts'
import type { System } from './systems.ts'

/** The name of the caller: the last word of a principal. */
const callerIn = (principal: string) => principal.split('/').at(-1) ?? ''

const principalsOf = (rule: Fields): string[] =>
  list(rule.from).flatMap(({ source }) => (source?.principals ?? []) as string[])

/** Callers that a policy's rules name; a rule without `from` names everybody, who has the name `*`. */
const namedBy = (rules: Fields[]): string[] =>
  rules.flatMap((rule) => (rule.from ? principalsOf(rule).map(callerIn) : ['*']))

/** Whether a rule denies whatever its callers request. */
const isWhole = (rule: Fields) => !rule.to && !rule.when

function byMesh(policies: Fields[], pod: Fields): Set<string> {
  const own = policies.filter(({ spec }) => selects(spec?.selector?.matchLabels, pod))
  const rulesOf = (action: string) =>
    own.filter(({ spec }) => (spec?.action ?? 'ALLOW') === action).flatMap(({ spec }) => list(spec?.rules))
  const denied = new Set(namedBy(rulesOf('DENY').filter(isWhole)))
  const allowed = namedBy(rulesOf('ALLOW')).filter((name) => !denied.has(name) && !denied.has('*'))
  return new Set(allowed)
}

/** The values of the labels that a peer of a NetworkPolicy selects; `*` when it selects no pods. */
const peerIn = ({ podSelector }: Fields) => Object.values(podSelector?.matchLabels ?? { any: '*' }).join(' ')

/** The pods that the cluster's network lets through, by their labels. */
function byNetwork(policies: Fields[], pod: Fields): Set<string> {
  const own = policies.filter(({ spec }) => selects(spec?.podSelector?.matchLabels, pod))
  const rules = own.flatMap(({ spec }) => list(spec?.ingress))
  return new Set(rules.flatMap(({ from }) => (from ? list(from).map(peerIn) : ['*'])))
}

/** The callers of each workload of the services' namespace, by policy's kind and the workload's name. */
function callersIn(system: System): Map<string, Set<string>> {
  const objects = itemsOf(system).flatMap(({ item, namespace }) => (namespace === ownNamespace ? [item.object] : []))
  const ofKind = (kind: string): Fields[] => objects.filter((object) => object.kind === kind)
  const [mesh, network] = [ofKind('AuthorizationPolicy'), ofKind('NetworkPolicy')]
  const pods = objects.filter(({ kind }) => workloads.includes(kind))
  const podOf = ({ spec }: KubernetesObject): Fields => (spec as Fields | undefined)?.template ?? {}
  return new Map(
    pods.flatMap((object) => [
      [`the AuthorizationPolicies of ${nameOf(object)}`, byMesh(mesh, podOf(object))],
      [`the NetworkPolicies of ${nameOf(object)}`, byNetwork(network, podOf(object))],
    ]),
  )
}

/** Callers whose requests a change of policies rejects from then on, in one sentence for each. Prometheus is none: it is no user. */
export function rejectedCallers(before: System, after: System): string[] {
  const now = callersIn(after)
  return [...callersIn(before)].flatMap(([policies, callers]) => {
    const present = now.get(policies)
    if (!present || present.has('*')) return []
    const lost = [...callers].filter((caller) => !present.has(caller) && caller !== 'prometheus')
    return lost.map((caller) =>
      caller === '*'
        ? `${policies} no longer allow every caller: requests of others than ${[...present].join(', ') || 'nobody'} fail`
        : `${policies} no longer allow ${caller}: its requests fail`,
    )
  })
}
