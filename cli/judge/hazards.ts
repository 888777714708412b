/** Changes that every tool accepts and that hurt users: a push with one needs an option that says so. */
import { describeMissing, imagesIn, missingImages } from '../images/app-images.ts'
import { namespace } from '../settings.ts'
import { rejectedCallers } from './callers.ts'
import { type Fields, workloads } from './names.ts'
import { type KubernetesObject, nameOf } from './objects.ts'
import { localCluster, nameOfPart, objectsOf, type Part, type System } from './systems.ts'

export interface Hazard {
  /** The push passes with `git push -o allow=<name>`. */
  name:
    | 'delete-application'
    | 'move-application'
    | 'delete-volume'
    | 'change-selector'
    | 'no-replicas'
    | 'missing-image'
    | 'reject-caller'
  /** What will happen, in one line. */
  consequence: string
}

const volumes = ['PersistentVolume', 'PersistentVolumeClaim']

type Workload = KubernetesObject & { spec: Fields }

function deleted(part: Part): Hazard[] {
  if (part.spec.destination?.namespace !== namespace) return []
  const consequence = `Argo CD deletes Application/${nameOfPart(part)} and its ${part.objects.length} objects; requests fail meanwhile`
  return [{ name: 'delete-application', consequence }]
}

function inWorkload(before: Workload, after: Workload): Hazard[] {
  const hazards: Hazard[] = []
  const name = nameOf(after)
  if (after.spec.replicas === 0 && before.spec.replicas !== 0)
    hazards.push({ name: 'no-replicas', consequence: `${name} keeps no pods; requests to it fail` })
  if (JSON.stringify(before.spec.selector) !== JSON.stringify(after.spec.selector))
    hazards.push({ name: 'change-selector', consequence: `${name} no longer selects its present pods` })
  return hazards
}

function inPart(before: Part, after: Part): Hazard[] {
  const [from, to] = [before.spec.destination?.namespace, after.spec.destination?.namespace]
  if (from !== to) {
    const consequence = `Application/${nameOfPart(after)} moves from namespace ${from} to ${to}: Argo CD deletes its objects in ${from}`
    return [{ name: 'move-application', consequence }]
  }
  const objects = objectsOf(after)
  return [...objectsOf(before)].flatMap(([key, { object: old }]): Hazard[] => {
    const now = objects.get(key)?.object
    if (now) return workloads.includes(now.kind) ? inWorkload(old as Workload, now as Workload) : []
    if (!volumes.includes(old.kind)) return []
    const consequence = `Argo CD deletes ${nameOf(old)} and what it holds`
    return [{ name: 'delete-volume', consequence }]
  })
}

/** Images that a system's pods need, each with the name of an object that names it. */
function imagesOf({ parts }: System): Map<string, string> {
  const objects = parts.flatMap((part) => part.objects.map(({ object }) => object))
  return new Map(objects.flatMap((object) => [...imagesIn([object.spec])].map((image) => [image, nameOf(object)])))
}

function withoutImage(before: System, after: System, loaded: Set<string>): Hazard[] {
  const [old, now] = [imagesOf(before), imagesOf(after)]
  const added = [...now.keys()].filter((image) => !old.has(image))
  return missingImages(added, loaded).map((image) => {
    const consequence = `new pods of ${now.get(image.name)} cannot start: the cluster has no image ${describeMissing(image)}`
    return { name: 'missing-image', consequence }
  })
}

/**
 * Hazards of a push to the cluster that reads the remote.
 * @param loaded the images that the cluster has; undefined when no cluster runs
 */
export function hazardsBetween(before: System[], after: System[], loaded?: Set<string>): Hazard[] {
  const [old, now] = [localCluster(before), localCluster(after)]
  if (!old || !now) return []
  const parts = new Map(now.parts.map((part) => [nameOfPart(part), part]))
  const changed = old.parts.flatMap((part) => {
    const present = parts.get(nameOfPart(part))
    return present ? inPart(part, present) : deleted(part)
  })
  const rejected = rejectedCallers(old, now).map((consequence): Hazard => ({ name: 'reject-caller', consequence }))
  return [...changed, ...rejected, ...(loaded ? withoutImage(old, now, loaded) : [])]
}
