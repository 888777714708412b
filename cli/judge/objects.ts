/** The objects that judges read, and the mistakes that they find. */

/** A Kubernetes object of any kind. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
  spec?: unknown
  [field: string]: unknown
}

export interface RenderedObject {
  object: KubernetesObject
  /** The file that it comes from, relative to the tree. */
  file: string
}

/** A mistake: its file, its object and the reason. */
export interface Mistake {
  file: string
  object?: string
  reason: string
  /** The tool's whole output, when it has more than the reason. */
  details?: string
  /** API path of a Secret that git lacks. It is no mistake when the cluster has it, from a person or a secret store. */
  secret?: string
}

const longestLine = 200

/** Formats a mistake as one line; with `verbose` the tool's whole output follows. */
export function textOf({ file, object, reason, details }: Mistake, verbose: boolean): string {
  const line = [file, object, reason.replaceAll(/\s+/g, ' ').trim()].filter(Boolean).join(': ')
  const short = line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line
  return verbose && details ? `${short}\n${details.trim().replaceAll(/^/gm, '    ')}` : short
}

/** A mistake in an object that a kustomization renders. */
export function mistakeIn({ file, object }: RenderedObject, reason: string, details?: string): Mistake {
  return { file, object: nameOf(object), reason, ...(details && { details }) }
}

/** "Kind/name" of an object. */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`
}
