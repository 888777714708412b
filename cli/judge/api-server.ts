/**
 * The cluster's API server as a judge of objects: its schemas, defaults and admission webhooks are the ones that count.
 * Asking changes nothing.
 */
import type { APIResource, APIResourceList } from 'kubernetes-types/meta/v1.d.ts'
import { ApiError, kubernetes } from '../kubernetes.ts'
import { tool } from '../tools.ts'
import type { KubernetesObject } from './objects.ts'

/** Pod Security refuses pods; about a workload that would make such pods the API server only warns. */
function podSecurityViolation(warnings: string[]): string | undefined {
  return warnings.flatMap((warning) => /would violate PodSecurity .*/.exec(warning) ?? [])[0]
}

/**
 * Whether the object can be applied as Argo CD does it, which removes what git had and has no more. The quick check, a server-side
 * apply, leaves those fields, so that it rejects one of two fields that exclude each other in place of the other.
 */
async function acceptsClientSide(object: KubernetesObject): Promise<boolean> {
  const options = { input: JSON.stringify(object), reject: false } as const
  return (await tool('kubectl', ['apply', '--dry-run=server', '--filename=-'], options)).exitCode === 0
}

/** What the API server says before its reason: which object it is about, and who of it speaks. */
const preamble =
  /^(?:failed to create typed patch object \(.*?\): |\S+ "[^"]+" is invalid: |admission webhook "[^"]+" denied the request: |\w+ in version "\w+" cannot be handled as an? \w+: )/

/** The API server's reason, without what stands before it. */
export function reasonIn(refusal: string): string {
  return refusal.replace(preamble, '')
}

/** The API server as a judge of objects. */
export class ApiServer {
  private readonly discovered = new Map<string, Promise<APIResource[]>>()
  private namespaces: Promise<Set<string>> | undefined

  private hasNamespace(name: string): Promise<boolean> {
    this.namespaces ??= kubernetes
      .list('/api/v1/namespaces')
      .then((found) => new Set(found.map(({ metadata }) => metadata.name)))
    return this.namespaces.then((names) => names.has(name))
  }

  /** None where the cluster does not have the API group in that version. */
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
    // A namespace that comes with the same push is not there yet; the schemas are the same in any other.
    const wanted = metadata.namespace ?? 'default'
    const namespace = (await this.hasNamespace(wanted)) ? wanted : 'default'
    return { path: `${group}/namespaces/${namespace}/${resource.name}/${metadata.name}`, namespace }
  }

  /** Asks whether the API server would accept the object; answers its reason if not. */
  async refusal(object: KubernetesObject): Promise<string | undefined> {
    const place = await this.pathOf(object)
    if (!place) return `the cluster knows no kind ${object.kind} in ${object.apiVersion}`
    const { path, namespace } = place
    const metadata = { ...object.metadata, ...(namespace && { namespace }) }
    const { refusal, warnings } = await kubernetes.dryRun(path, { ...object, metadata })
    if (refusal && (await acceptsClientSide({ ...object, metadata }))) return undefined
    return refusal ?? podSecurityViolation(warnings)
  }
}

/**
 * What the API server is asked about an object: itself, and for a Rollout its pod template as a Deployment too, because
 * the Rollout's own schema knows the names of a pod's fields but not which values they may have.
 */
function questions(object: KubernetesObject): KubernetesObject[] {
  if (object.kind !== 'Rollout') return [object]
  const { selector, template } = object.spec as Record<string, unknown>
  const metadata = { ...object.metadata, name: `${object.metadata.name}-template` }
  return [object, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template } }]
}

/** Of controllers that only clusters/production asks for: rendered, but no cluster of one machine can judge them. */
const judgedElsewhere = /^cert-manager\.io\//

/** @returns the reason why the API server would not accept the object */
export async function firstRefusal(api: ApiServer, object: KubernetesObject): Promise<string | undefined> {
  if (judgedElsewhere.test(object.apiVersion)) return undefined
  for (const question of questions(object)) {
    const reason = await api.refusal(question)
    if (reason) return reason
  }
  return undefined
}
