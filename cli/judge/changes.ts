/** Describes to the author of a push what it will change in the cluster. */
import type { Fields } from './names.ts'
import { nameOf, type RenderedObject } from './objects.ts'
import { localCluster, nameOfPart, objectsOf, type System } from './systems.ts'

/** The only line when a push changes nothing that runs. */
export const nothingChanges = 'nothing changes in the cluster'

const mostNames = 8
/** A longer line becomes one for each verb, in characters. */
const longLine = 120

/** The objects of each Application, by their identity. */
function byApplication({ parts }: System): Map<string, Map<string, RenderedObject>> {
  return new Map(parts.map((part) => [nameOfPart(part), objectsOf(part)]))
}

function sentence(verb: string, items: RenderedObject[]): string[] {
  if (items.length === 0) return []
  const all = items.map(({ object }) => nameOf(object))
  const isAmbiguous = (name: string) => all.indexOf(name) !== all.lastIndexOf(name)
  const names = items.slice(0, mostNames).map(({ object }) => {
    const name = nameOf(object)
    return isAmbiguous(name) ? `${name} in ${object.metadata.namespace}` : name
  })
  const more = items.length > mostNames ? [`${items.length - mostNames} more`] : []
  return [`${verb} ${[...names, ...more].join(', ')}`]
}

/** Describes a step of a release; empty when its author need not know it. */
function stepInWords(step: Fields): string[] {
  if (step.setWeight !== undefined) return [`to ${step.setWeight} %`]
  if (step.setMirrorRoute?.percentage) return ['gets copies of requests']
  if (step.analysis) return ['is judged']
  if (!step.pause) return []
  return [step.pause.duration ? `waits ${step.pause.duration}` : 'waits for a promote']
}

const versionOf = (rollout: Fields): string => rollout.spec.template.spec.containers[0].image.split(':').at(-1)

/** Describes a new version: "web-api 2.0.0 to 20 %, then waits for a promote". */
function releaseInWords(before: Fields, after: Fields): string[] {
  if (after.kind !== 'Rollout' || JSON.stringify(before.spec.template) === JSON.stringify(after.spec.template))
    return []
  const [version, old] = [versionOf(after), versionOf(before)]
  const steps: Fields[] = after.spec.strategy.canary?.steps ?? []
  const words = steps.flatMap(stepInWords).join(', then ') || 'to all'
  const { revisions } = after.spec.rollbackWindow ?? {}
  const isOlder = version.localeCompare(old, 'en', { numeric: true }) < 0
  const shortcut = revisions && isOlder ? ` (at once, if it is one of the last ${revisions} releases)` : ''
  return [`  ${after.metadata.name} ${version} ${words}${shortcut}`]
}

function changesOf(name: string, before: Map<string, RenderedObject>, after: Map<string, RenderedObject>): string[] {
  const created = [...after].filter(([key]) => !before.has(key)).map(([, item]) => item)
  const deleted = [...before].filter(([key]) => !after.has(key)).map(([, item]) => item)
  const pairs = [...after].flatMap(([key, item]) => {
    const old = before.get(key)
    return old && JSON.stringify(old.object) !== JSON.stringify(item.object) ? [{ old, item }] : []
  })
  const changed = pairs.map(({ item }) => item)
  const parts = [...sentence('creates', created), ...sentence('changes', changed), ...sentence('deletes', deleted)]
  if (parts.length === 0) return []
  const line = `${name} ${parts.join('; ')}`
  const lines = line.length > longLine ? parts.map((part) => `${name} ${part}`) : [line]
  return [...lines, ...pairs.flatMap(({ old, item }) => releaseInWords(old.object, item.object))]
}

/** Describes each Application that changes in the cluster that reads the remote; empty when the state before is unknown. */
export function changesBetween(before: System[], after: System[]): string[] {
  const [old, now] = [localCluster(before), localCluster(after)]
  if (!old || !now) return []
  const [olds, news] = [byApplication(old), byApplication(now)]
  const none = new Map<string, RenderedObject>()
  const lines = [...new Set([...olds.keys(), ...news.keys()])].flatMap((name) =>
    changesOf(name, olds.get(name) ?? none, news.get(name) ?? none),
  )
  return lines.length > 0 ? lines : [nothingChanges]
}
