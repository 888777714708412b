/** What is judged, and what is found. */

/** A Kubernetes object, as far as its place in the API goes. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
  spec?: unknown
  [field: string]: unknown
}

export interface RenderedObject {
  object: KubernetesObject
  /** File that it comes from, relative to the tree. */
  file: string
}

/** A mistake in a tree: where it is, in what, and what is wrong. */
export interface Mistake {
  file: string
  object?: string
  reason: string
  /** All that the tool said, where that is more. */
  details?: string
  /** Path of the Secret that is missing in git: where the cluster has it, made by hand or by a secret store, all is well. */
  secret?: string
}

const longestLine = 200

/** One line, and beneath it with `verbose` the tool's own words. */
export function textOf({ file, object, reason, details }: Mistake, verbose: boolean): string {
  const line = [file, object, reason.replaceAll(/\s+/g, ' ').trim()].filter(Boolean).join(': ')
  const short = line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line
  return verbose && details ? `${short}\n${details.trim().replaceAll(/^/gm, '    ')}` : short
}

/** A mistake in an object that a kustomization renders. */
export function mistakeIn({ file, object }: RenderedObject, reason: string, details?: string): Mistake {
  return { file, object: nameOf(object), reason, ...(details && { details }) }
}

/** "Kind name" of an object, as kubectl says it. */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`
}
