/**
 * What clusters would run: the Applications of each cluster in clusters/ with all objects that they sync. For the cluster on
 * this machine also its variations, each with one of the overlays, faults or options.
 */
import { normalize } from 'node:path'
import { clusterFolder } from '../settings.ts'
import type { KubernetesObject, RenderedObject } from './objects.ts'
import { type Kustomization, kustomizations, pathsNamed } from './render.ts'

/** The folder of the options, each a Component with an Application. */
const options = 'apps/options'

/** Rendered objects, by the name of their kustomization. */
export type Rendered = Map<string, RenderedObject[]>

/** The fields of an Argo CD Application that judges read. */
export interface ApplicationSpec {
  project: string
  source?: { repoURL: string; path?: string; targetRevision?: string; chart?: string }
  sources?: unknown[]
  destination?: { server?: string; namespace?: string }
}

/** An Application and the objects that it syncs. */
export interface Part {
  application: RenderedObject
  spec: ApplicationSpec
  /** Folder of the kustomization, relative to the tree; undefined when the Application names none. */
  folder: string | undefined
  objects: RenderedObject[]
}

export interface System {
  /** The folder of the cluster, the overlay, the fault or the option. */
  name: string
  /** The repository of the Application root, and so of all. */
  repository: string | undefined
  projects: RenderedObject[]
  parts: Part[]
  /** The parts to judge: all parts of a cluster, or only those that a variation changes. */
  judged: Part[]
}

export function ofKind(objects: RenderedObject[], kind: string): RenderedObject[] {
  return objects.filter(({ object }) => object.kind === kind)
}

/** Group, kind, namespace and name, which identify an object. */
export function identity({ apiVersion, kind, metadata }: KubernetesObject, namespace = ''): string {
  return [apiVersion.replace(/\/?[^/]*$/, ''), kind, metadata.namespace ?? namespace, metadata.name].join('/')
}

/** Namespace of an object that an Application syncs. */
export function namespaceOf({ object }: RenderedObject, { spec }: Part): string {
  return object.metadata.namespace ?? spec.destination?.namespace ?? ''
}

function partOf(application: RenderedObject, rendered: Rendered): Part {
  const spec = (application.object.spec ?? {}) as ApplicationSpec
  const path = spec.source?.path
  const folder = path === undefined ? undefined : normalize(path).replace(/\/$/, '')
  return { application, spec, folder, objects: (folder && rendered.get(folder)) || [] }
}

function clusterOf(name: string, rendered: Rendered): System {
  const objects = rendered.get(name) ?? []
  const parts = ofKind(objects, 'Application').map((application) => partOf(application, rendered))
  const root = parts.find((part) => nameOfPart(part) === 'root')
  const repository = root?.spec.source?.repoURL
  return { name, repository, projects: ofKind(objects, 'AppProject'), parts, judged: parts }
}

/** The cluster with an overlay, or a part with a fault, instead of the part that shares most objects with it. */
function withOverlay(cluster: System, name: string, objects: RenderedObject[]): System[] {
  const own = new Set(objects.map(({ object }) => identity(object)))
  const shared = ({ objects }: Part) => objects.filter(({ object }) => own.has(identity(object))).length
  const replaced = cluster.parts.toSorted((a, b) => shared(b) - shared(a))[0]
  if (!replaced || shared(replaced) === 0) return []
  const part: Part = { ...replaced, folder: name, objects }
  return [
    { ...cluster, name, parts: cluster.parts.map((other) => (other === replaced ? part : other)), judged: [part] },
  ]
}

/** The cluster with an option added. */
function withOption(cluster: System, name: string, objects: RenderedObject[], rendered: Rendered): System[] {
  const has = new Set(cluster.parts.map(({ application }) => identity(application.object)))
  const applications = ofKind(objects, 'Application').filter(({ object }) => !has.has(identity(object)))
  if (applications.length === 0) return []
  const parts = applications.map((application) => partOf(application, rendered))
  return [{ ...cluster, name, parts: [...cluster.parts, ...parts], judged: parts }]
}

/** The Components that the cluster on this machine can include, each with what it is added to. */
function variations(tree: string, components: string[]): Kustomization[] {
  const named = pathsNamed(tree, clusterFolder)
  return components.flatMap((name): Kustomization[] => {
    const [, fault] = /^components\/faults\/([^/]+)$/.exec(name) ?? []
    if (fault) return [{ name, folder: `${clusterFolder}/${fault}`, components: [name] }]
    const isOption = name.startsWith(`${options}/`) && ![...pathsNamed(tree, name)].some((path) => named.has(path))
    return isOption ? [{ name, folder: clusterFolder, components: [name, 'apps/shared'] }] : []
  })
}

/** All kustomizations that a tree must be able to render. */
export async function allKustomizations(tree: string): Promise<Kustomization[]> {
  const { buildable, components } = await kustomizations(tree)
  const all = buildable.map((folder): Kustomization => ({ name: folder, folder, components: [] }))
  return [...all, ...variations(tree, components)]
}

/** The clusters, and the variations of the cluster on this machine. */
export function systems(rendered: Rendered): System[] {
  const names = [...rendered.keys()].filter((name) => /^clusters\/[^/]+$/.test(name))
  const clusters = names.map((name) => clusterOf(name, rendered))
  const cluster = localCluster(clusters)
  if (!cluster) return clusters
  const varied = [...rendered].flatMap(([name, objects]) => {
    if (/^(overlays|components)\//.test(name)) return withOverlay(cluster, name, objects)
    return name.startsWith(`${options}/`) ? withOption(cluster, name, objects, rendered) : []
  })
  return [...clusters, ...varied]
}

/** The system of the cluster that reads the remote. */
export function localCluster(list: System[]): System | undefined {
  return list.find(({ name }) => name === clusterFolder)
}

export function nameOfPart({ application }: Part): string {
  return application.object.metadata.name
}

/** Objects that an Application syncs, by identity. */
export function objectsOf(part: Part): Map<string, RenderedObject> {
  return new Map(part.objects.map((item) => [identity(item.object, namespaceOf(item, part)), item]))
}
