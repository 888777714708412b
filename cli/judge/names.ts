/** Names by which objects call others. */
import { type Mistake, mistakeIn, type RenderedObject } from './objects.ts'
import { namespaceOf, type System } from './systems.ts'

/** Every object of a system, with the namespace that it will be in. */
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

/** Fields of an object, as far as they are looked at. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, whose types differ
export type Fields = Record<string, any>

/** All objects inside of a value, itself included. */
export function objectsIn(value: unknown): Fields[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objectsIn)]
}

/** A list of fields, empty where it is none: whether it may be none the API server says. */
export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value : []
}

/** What is wrong with an object that is known already. */
export type Finding = Pick<Mistake, 'reason' | 'secret'>

/** Judges each object that is to be judged of a system. */
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
