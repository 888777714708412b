/** Finds routing for which Istio would return 503 or 404: findings of `istioctl analyze`, and names that it looks up only in a cluster. */
import { type Fields, finder, findings, itemsOf, judgeEach, list, objectsIn } from './names.ts'
import { type KubernetesObject, type Mistake, mistakeIn, type RenderedObject } from './objects.ts'
import type { System } from './systems.ts'
import { program, type Tool, yamlOf } from './tool.ts'

interface Message {
  code: string
  message: string
  /** "Kind namespace/name". */
  origin: string
}

/** Leaves out workloads, so that analyze does not run again for a new image. */
function isRead({ object }: RenderedObject): boolean {
  return object.apiVersion.includes('.istio.io/') || ['Service', 'Namespace'].includes(object.kind)
}

function originOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`
}

export const analyze: Tool = {
  inputs: (system) => {
    const items = itemsOf(system)
      .map(({ item }) => item)
      .filter(isRead)
    return [{ text: yamlOf(items), items }]
  },
  judge: async ({ text, items }) => {
    const args = ['analyze', '--use-kube=false', '--all-namespaces', '--output=json', '--output-threshold=Error', '-']
    const { stdout, stderr } = await program('istioctl', args, { input: text, reject: false })
    // Without findings istioctl prints an empty list; other output is an error.
    if (!String(stdout).startsWith('[')) return [{ file: 'istioctl analyze', reason: String(stderr) }]
    return (JSON.parse(String(stdout)) as Message[]).map(({ code, message, origin }) => {
      const reason = message.replace('Schema validation error: ', '')
      const details = `${code} ${origin}: ${message}`
      const item = items.find(({ object }) => originOf(object) === origin)
      return item ? mistakeIn(item, reason, details) : { file: origin, reason, details }
    })
  },
}

/** Ports of the system's own hosts, by each name that objects in the namespace may use. */
function hostsFor(system: System, namespace: string): Map<string, number[]> {
  const hosts = new Map<string, number[]>()
  for (const { item, namespace: own } of itemsOf(system)) {
    const { kind, metadata, spec }: Fields = item.object
    const ports = list(spec?.ports).map(({ port, number }) => port ?? number)
    const full = ['', '.svc', '.svc.cluster.local'].map((end) => `${metadata.name}.${own}${end}`)
    const names = own === namespace ? [metadata.name, ...full] : full
    const found = { Service: names, ServiceEntry: list(spec?.hosts) }[String(kind)] ?? []
    for (const name of found) hosts.set(String(name), ports)
  }
  return hosts
}

/** The destinations of a VirtualService or a DestinationRule. */
function destinations({ kind, spec }: Fields): Fields[] {
  if (kind === 'DestinationRule') return [{ host: spec.host }]
  const routes = objectsIn([spec.http, spec.tls, spec.tcp])
  return routes.flatMap(({ destination, mirror }) => [destination, mirror].filter(Boolean))
}

function judgeDestination({ host, port }: Fields, hosts: Map<string, number[]>, namespaces: Set<string>): string[] {
  const ports = hosts.get(host)
  // A host in a namespace that no object here has, such as Istio's own, is unknown but may exist.
  const isForeign = host.includes('.') && !namespaces.has(host.split('.')[1])
  if (!ports) return isForeign || host.includes('*') ? [] : [`there is no host ${host}`]
  return port && !ports.includes(port.number) ? [`host ${host} has no port ${port.number}`] : []
}

/** Finds hosts, ports and delegates that do not exist. */
export function judgeRouting(system: System): Mistake[] {
  const find = finder(system)
  const namespaces = new Set(itemsOf(system).map(({ namespace }) => namespace))
  return judgeEach(system, (object, namespace) => {
    if (!['VirtualService', 'DestinationRule'].includes(object.kind)) return []
    const hosts = hostsFor(system, namespace)
    const lost = destinations(object).flatMap((to) => judgeDestination(to, hosts, namespaces))
    const delegates = list(object.spec.http).flatMap(({ delegate }) => delegate ?? [])
    const missing = delegates.filter((to) => !find('VirtualService', to.namespace ?? namespace, to.name))
    const without = missing.map(({ name }) => `it delegates to VirtualService/${name}, which does not exist`)
    return findings([...lost, ...without])
  })
}
