/** Names by which objects call others. */
import type { RenderedObject } from './objects.ts'
import { namespaceOf, type System } from './systems.ts'

/** Every object of a system, with the namespace that it will be in. */
export function itemsOf({ parts }: Pick<System, 'parts'>): { item: RenderedObject; namespace: string }[] {
  return parts.flatMap((part) => part.objects.map((item) => ({ item, namespace: namespaceOf(item, part) })))
}

/** What is judged of a system. */
export function judgedItems({ judged }: System) {
  return itemsOf({ parts: judged })
}

/** Finds the objects of a system by kind, namespace and name. */
export function finder(system: System): (kind: string, namespace: string, name: string) => RenderedObject | undefined {
  const key = (...words: string[]) => words.join(' ')
  const found = new Map(
    itemsOf(system).map(({ item, namespace }) => [key(item.object.kind, namespace, item.object.metadata.name), item]),
  )
  return (kind, namespace, name) => found.get(key(kind, namespace, name))
}

/** Fields of an object, as far as they are looked at. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, whose types differ
export type Fields = Record<string, any>

/** All objects inside of a value, itself included. */
export function objectsIn(value: unknown): Fields[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objectsIn)]
}
