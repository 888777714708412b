/** Looks up the objects to which other objects refer by name. */
import { type Mistake, mistakeIn, type RenderedObject } from './objects.ts'
import { namespaceOf, type System } from './systems.ts'

/** Every object of a system with its namespace. */
export function itemsOf({ parts }: Pick<System, 'parts'>): { item: RenderedObject; namespace: string }[] {
  return parts.flatMap((part) => part.objects.map((item) => ({ item, namespace: namespaceOf(item, part) })))
}

/** Finds the objects of a system by kind, namespace and name. */
export function finder(system: System): (kind: string, namespace: string, name: string) => RenderedObject | undefined {
  const key = (...words: string[]) => words.join(' ')
  const found = new Map(
    itemsOf(system).map(({ item, namespace }) => [key(item.object.kind, namespace, item.object.metadata.name), item]),
  )
  return (kind, namespace, name) => found.get(key(kind, namespace, name))
}

/** Fields of an object of any kind. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, whose types differ
export type Fields = Record<string, any>

/** All objects nested in a value, including the value itself. */
export function objectsIn(value: unknown): Fields[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objectsIn)]
}

/** The value as a list of fields; empty when it is no list, which the API server judges. */
export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value : []
}

/** Whether these labels of a selector select the pods of a template. Without labels a selector selects all. */
export function selects(labels: Record<string, string> | undefined, { metadata }: Fields): boolean {
  return Object.entries(labels ?? {}).every(([key, value]) => metadata?.labels?.[key] === value)
}

/** Kinds that keep pods running. */
export const workloads = ['Deployment', 'Rollout', 'StatefulSet']

/** A mistake in an object that the caller knows. */
export type Finding = Pick<Mistake, 'reason' | 'secret'>

/** Judges each object of the system's judged parts. */
export function judgeEach(system: System, judge: (object: Fields, namespace: string) => Finding[]): Mistake[] {
  return itemsOf({ parts: system.judged }).flatMap(({ item, namespace }) => {
    try {
      return judge(item.object, namespace).map((finding) => ({ ...mistakeIn(item, ''), ...finding }))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return [mistakeIn(item, `its fields are not those of a ${item.object.kind}: ${error.message}`)]
    }
  })
}

export const findings = (reasons: string[]): Finding[] => reasons.map((reason) => ({ reason }))
