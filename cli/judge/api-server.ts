/**
 * Asks the cluster's API server about objects: its schemas, defaults and admission webhooks decide what the cluster accepts.
 * All requests are dry runs, which change nothing.
 */
import type { APIResource, APIResourceList } from 'kubernetes-types/meta/v1.d.ts'
import { ApiError, kubernetes } from '../kubernetes.ts'
import { tool } from '../tools.ts'
import type { KubernetesObject } from './objects.ts'

/** Pod Security rejects pods; for a workload that would create such pods the API server only returns a warning. */
function podSecurityViolation(warnings: string[]): string | undefined {
  return warnings.flatMap((warning) => /would violate PodSecurity .*/.exec(warning) ?? [])[0]
}

/**
 * Whether the API server accepts a client-side apply, as Argo CD does it, which removes fields that git no longer has. The quicker
 * check, a server-side apply, keeps those fields, so it rejects a push that replaces one of two mutually exclusive fields by the other.
 */
async function acceptsClientSide(object: KubernetesObject): Promise<boolean> {
  const options = { input: JSON.stringify(object), reject: false } as const
  return (await tool('kubectl', ['apply', '--dry-run=server', '--filename=-'], options)).exitCode === 0
}

/** The text before the API server's reason: the object, and what rejects it. */
const preamble =
  /^(?:failed to convert new object .*unable to convert unstructured object to \S+ Kind=\w+: |failed to create typed patch object \(.*?\): |\S+ "[^"]+" is invalid: |admission webhook "[^"]+" denied the request: |\w+ in version "\w+" cannot be handled as an? \w+: )/

/** Extracts the reason from the API server's message. */
export function reasonIn(refusal: string): string {
  const [, webhook] = /failed calling webhook "([^"]+)"/.exec(refusal) ?? []
  return webhook
    ? `the webhook ${webhook} does not respond; try again, or see npm run status`
    : refusal.replace(preamble, '')
}

/** Judges objects by dry runs; fetches each API group and the namespaces only once. */
export class ApiServer {
  private readonly discovered = new Map<string, Promise<APIResource[]>>()
  private namespaces: Promise<Set<string>> | undefined

  private hasNamespace(name: string): Promise<boolean> {
    this.namespaces ??= kubernetes
      .list('/api/v1/namespaces')
      .then((found) => new Set(found.map(({ metadata }) => metadata.name)))
    return this.namespaces.then((names) => names.has(name))
  }

  /** Resources of an API group and version; empty when the cluster does not have it. */
  private resources(group: string): Promise<APIResource[]> {
    const known = this.discovered.get(group)
    if (known) return known
    const found = kubernetes.get<APIResourceList>(group).then(
      ({ resources }) => resources,
      (error) => {
        if (error instanceof ApiError) return []
        throw error
      },
    )
    this.discovered.set(group, found)
    return found
  }

  private async pathOf({
    apiVersion,
    kind,
    metadata,
  }: KubernetesObject): Promise<{ path: string; namespace?: string } | undefined> {
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const resource = (await this.resources(group)).find((r) => r.kind === kind && !r.name.includes('/'))
    if (!resource) return undefined
    if (!resource.namespaced) return { path: `${group}/${resource.name}/${metadata.name}` }
    // A namespace that the same push creates does not exist yet; the schemas are the same in any other.
    const wanted = metadata.namespace ?? 'default'
    const namespace = (await this.hasNamespace(wanted)) ? wanted : 'default'
    return { path: `${group}/namespaces/${namespace}/${resource.name}/${metadata.name}`, namespace }
  }

  /** Asks whether the API server would accept the object. @returns its reason if not */
  async refusal(object: KubernetesObject): Promise<string | undefined> {
    const place = await this.pathOf(object)
    if (!place) return `the cluster has no kind ${object.kind} in ${object.apiVersion}`
    const { path, namespace } = place
    const metadata = { ...object.metadata, ...(namespace && { namespace }) }
    const { refusal, warnings } = await kubernetes.dryRun(path, { ...object, metadata })
    if (refusal && (await acceptsClientSide({ ...object, metadata }))) return undefined
    return refusal ?? podSecurityViolation(warnings)
  }
}

/**
 * The objects to send for one object: the object itself, and for a Rollout also a Deployment with its pod template, because
 * the Rollout's schema checks the names of a pod's fields but not their values.
 */
function questions(object: KubernetesObject): KubernetesObject[] {
  if (object.kind !== 'Rollout') return [object]
  const { selector, template } = object.spec as Record<string, unknown>
  const metadata = { ...object.metadata, name: `${object.metadata.name}-template` }
  return [object, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template } }]
}

/** API groups of controllers that only clusters/production has; the API server of a Minikube does not know them. */
const judgedElsewhere = /^cert-manager\.io\//

/** @returns the API server's reason for rejecting the object; undefined when it would accept it */
export async function firstRefusal(api: ApiServer, object: KubernetesObject): Promise<string | undefined> {
  if (judgedElsewhere.test(object.apiVersion)) return undefined
  for (const question of questions(object)) {
    const reason = await api.refusal(question)
    if (reason) return reason
  }
  return undefined
}
