/** Finds what keeps pods from starting, or from getting requests: missing Secrets, ConfigMaps, ServiceAccounts and ports. */
import { generatedSecrets } from '../secrets.ts'
import { namespace as ownNamespace } from '../settings.ts'
import { type Fields, type Finding, finder, findings, itemsOf, judgeEach, list, objectsIn, selects } from './names.ts'
import type { Mistake } from './objects.ts'
import type { System } from './systems.ts'

/** Objects that Kubernetes and Istio create in each namespace. */
const alwaysThere = ['ServiceAccount default', 'ConfigMap kube-root-ca.crt', 'ConfigMap istio-ca-root-cert']

interface Need {
  kind: string
  name: string
  keys: string[]
}

const keysOf = (items: unknown): string[] => list(items).map(({ key }) => key)

/** Objects without which a pod does not start. */
function needs(pod: Fields): Need[] {
  const found: { kind: string; from?: Fields; name?: string; keys?: string[] }[] = [
    { kind: 'ServiceAccount', from: pod, name: pod.serviceAccountName },
    ...list(pod.imagePullSecrets).map((from) => ({ kind: 'Secret', from })),
    ...objectsIn([pod.volumes, pod.containers, pod.initContainers]).flatMap((fields) => [
      { kind: 'Secret', from: fields.secret, name: fields.secret?.secretName, keys: keysOf(fields.secret?.items) },
      { kind: 'ConfigMap', from: fields.configMap, keys: keysOf(fields.configMap?.items) },
      { kind: 'Secret', from: fields.secretRef },
      { kind: 'ConfigMap', from: fields.configMapRef },
      { kind: 'Secret', from: fields.secretKeyRef, keys: keysOf([fields.secretKeyRef ?? {}]) },
      { kind: 'ConfigMap', from: fields.configMapKeyRef, keys: keysOf([fields.configMapKeyRef ?? {}]) },
    ]),
  ]
  return found.flatMap(({ kind, from, name = from?.name, keys = [] }) =>
    from && name && !from.optional ? [{ kind, name, keys }] : [],
  )
}

/** Pod templates of a workload. */
function templates({ spec }: Fields): Fields[] {
  return [spec?.template, spec?.jobTemplate?.spec?.template].filter((template) => template?.spec)
}

function judgeNeed({ kind, name, keys }: Need, namespace: string, find: ReturnType<typeof finder>): Finding[] {
  if (alwaysThere.includes(`${kind} ${name}`)) return []
  const generated: Record<string, readonly string[]> =
    kind === 'Secret' && namespace === ownNamespace ? generatedSecrets : {}
  const object: Fields | undefined = find(kind, namespace, name)?.object
  const has = object ? Object.keys({ ...object.data, ...object.stringData, ...object.binaryData }) : generated[name]
  if (!has) {
    const secret = kind === 'Secret' && { secret: `/api/v1/namespaces/${namespace}/secrets/${name}` }
    return [{ reason: `its pods need ${kind}/${name}, which does not exist`, ...secret }]
  }
  const missing = keys.filter((key) => !has.includes(key))
  return findings(missing.map((key) => `its pods need ${key} of ${kind}/${name}, which has no such key`))
}

const portNames = ({ ports }: Fields): string[] => list(ports).map(({ name }) => name)

/** Finds port names that probes and hooks of a container use but that the container lacks. */
function judgePorts(container: Fields): string[] {
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container
  const ports = objectsIn([startupProbe, readinessProbe, livenessProbe, lifecycle]).map(({ port }) => port)
  const missing = ports.filter((port) => typeof port === 'string' && !portNames(container).includes(port))
  return [...new Set(missing)].map((port) => `container ${container.name} has no port ${port}, which a probe uses`)
}

/**
 * Finds a Service without pods, and port names to which it sends but that none of its pods has.
 * @param isComplete whether git has all pods of the namespace
 */
function judgeService({ spec }: Fields, pods: Fields[], isComplete: boolean): string[] {
  if (Object.keys(spec?.selector ?? {}).length === 0) return []
  const selected = pods.filter((pod) => selects(spec.selector, pod))
  if (selected.length === 0) return isComplete ? ['its selector matches no pods; requests to it fail'] : []
  const names = selected.flatMap(({ spec }) => list(spec.containers).flatMap(portNames))
  const wanted = list(spec.ports).map(({ targetPort }) => targetPort)
  const missing = wanted.filter((port) => typeof port === 'string' && !names.includes(port))
  return missing.map((port) => `none of its pods has a port ${port}`)
}

function judgeAutoscaler({ spec }: Fields, namespace: string, find: ReturnType<typeof finder>): string[] {
  const { kind, name } = spec?.scaleTargetRef ?? {}
  return find(kind, namespace, name) ? [] : [`it scales ${kind}/${name}, which does not exist`]
}

/** Finds objects and ports that pods need but that do not exist. */
export function judgePods(system: System): Mistake[] {
  const find = finder(system)
  const items = itemsOf(system)
  const all = items.flatMap(({ item, namespace }) =>
    templates(item.object).map((template) => ({ template, namespace })),
  )
  // In the namespaces of the platform pods run that are not in git.
  const own = new Set(
    items.flatMap(({ item: { object } }) => (object.kind === 'Namespace' ? [object.metadata.name] : [])),
  )
  return judgeEach(system, (object, namespace) => {
    const pods = all.filter((other) => other.namespace === namespace).map(({ template }) => template)
    const ofPods = templates(object).flatMap(({ spec }) => [
      ...needs(spec).flatMap((need) => judgeNeed(need, namespace, find)),
      ...[...list(spec.containers), ...list(spec.initContainers)].flatMap((container) =>
        findings(judgePorts(container)),
      ),
    ])
    if (object.kind === 'HorizontalPodAutoscaler') return findings(judgeAutoscaler(object, namespace, find))
    return object.kind === 'Service' ? findings(judgeService(object, pods, own.has(namespace))) : ofPods
  })
}
