/**
 * What clusters would run: the Applications of each cluster in clusters/ with all objects that they sync. For the cluster on
 * this machine also its variations, each with one of the overlays, or of the options in apps/, that are off.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { clusterFolder } from '../settings.ts'
import type { KubernetesObject, RenderedObject } from './objects.ts'

/** Rendered objects, by the folder of their kustomization. */
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
  /** The folder of the cluster, the overlay or the option. */
  name: string
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

/** The root Application of each cluster and its project, which `npm start` applies, by the cluster's folder. */
export function rootsIn(tree: string, folders: string[]): Rendered {
  const files = folders.map((folder) => [folder, join(folder, 'root.yaml')] as const)
  const roots = files.filter(([folder, file]) => /^clusters\/[^/]+$/.test(folder) && existsSync(join(tree, file)))
  const objectsIn = (file: string) =>
    parseAllDocuments(readFileSync(join(tree, file), 'utf8')).map((document) => ({
      object: document.toJS() as KubernetesObject,
      file,
    }))
  return new Map(roots.map(([folder, file]) => [folder, objectsIn(file)]))
}

function clusterOf(name: string, rendered: Rendered, roots: Rendered): System {
  const objects = [...(roots.get(name) ?? []), ...(rendered.get(name) ?? [])]
  const parts = ofKind(objects, 'Application').map((application) => partOf(application, rendered))
  return { name, projects: ofKind(objects, 'AppProject'), parts, judged: parts }
}

/** The cluster with an overlay instead of the folder that shares most objects with it. */
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

/** The cluster with an option of apps/ added. */
function withOption(cluster: System, name: string, objects: RenderedObject[], rendered: Rendered): System[] {
  const has = new Set(cluster.parts.map(({ application }) => identity(application.object)))
  const applications = ofKind(objects, 'Application').filter(({ object }) => !has.has(identity(object)))
  if (applications.length === 0) return []
  const parts = applications.map((application) => partOf(application, rendered))
  const projects = [...cluster.projects, ...ofKind(objects, 'AppProject')]
  return [{ name, projects, parts: [...cluster.parts, ...parts], judged: parts }]
}

/**
 * The clusters, and the variations of the cluster on this machine.
 * @param roots the root Application of each cluster and its project, by the cluster's folder
 */
export function systems(rendered: Rendered, roots: Rendered): System[] {
  const clusters = [...roots.keys()]
    .filter((name) => rendered.has(name))
    .map((name) => clusterOf(name, rendered, roots))
  const used = new Set(clusters.flatMap(({ parts }) => parts.map(({ folder }) => folder)))
  const cluster = localCluster(clusters)
  if (!cluster) return clusters
  const variations = [...rendered].flatMap(([name, objects]) => {
    if (used.has(name)) return []
    if (name.startsWith('overlays/')) return withOverlay(cluster, name, objects)
    return name.startsWith('apps/') ? withOption(cluster, name, objects, rendered) : []
  })
  return [...clusters, ...variations]
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
