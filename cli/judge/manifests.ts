/**
 * Rendering every kustomization of a tree, and asking the cluster's API server whether it would accept each object: its
 * schemas, defaults and admission webhooks are the ones that count. Asking changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import type { APIResource, APIResourceList } from 'kubernetes-types/meta/v1.d.ts'
import { parse, parseAllDocuments, parseDocument, visit } from 'yaml'
import { ApiError, kubernetes } from '../kubernetes.ts'
import { tool } from '../tools.ts'

/** A Kubernetes object, as far as its place in the API goes. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
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
}

/** "Kind name" of an object, as kubectl says it. */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`
}

/** Folders below `tree` that can be built, relative to it; Components cannot, they are part of others. */
export async function kustomizations(tree: string): Promise<string[]> {
  const files = ['apps', 'base', 'overlays', 'clusters'].map(async (top) => {
    const entries = await readdir(join(tree, top), { recursive: true }).catch(() => [])
    return entries.filter((file) => file.endsWith('kustomization.yaml')).map((file) => join(top, file))
  })
  const isBuildable = (file: string) => !/^kind: Component/m.test(readFileSync(join(tree, file), 'utf8'))
  return (await Promise.all(files)).flat().filter(isBuildable).map(dirname).sort()
}

/**
 * Whether one of these files goes into a kustomization, by itself or through the folders that it names.
 * @param files relative to the tree; they need not be there any more
 */
export function readsAny(tree: string, folder: string, files: Set<string>, seen = new Set<string>()): boolean {
  const file = join(folder, 'kustomization.yaml')
  if (files.has(file)) return true
  if (seen.has(folder) || !existsSync(join(tree, file))) return false
  seen.add(folder)
  // Of its fields any may name a file, some as KEY=FILE.
  const strings: string[] = []
  visit(parseDocument(readFileSync(join(tree, file), 'utf8')), {
    Scalar: (key, { value }) => {
      if (key !== 'key' && typeof value === 'string') strings.push(value)
    },
  })
  const paths = strings.map((text) => normalize(join(folder, text.replace(/^[\w.-]+=/, ''))))
  return paths.some((path) => files.has(path) || readsAny(tree, path, files, seen))
}

const origin = 'config.kubernetes.io/origin'

function withoutOrigin(object: KubernetesObject, wrapper: string): RenderedObject {
  const { [origin]: path = '', ...annotations } = object.metadata.annotations ?? {}
  const relative = (parse(path) as { path?: string } | null)?.path ?? ''
  const metadata = { ...object.metadata, annotations }
  if (Object.keys(annotations).length === 0) delete (metadata as Partial<typeof metadata>).annotations
  return { object: { ...object, metadata }, file: normalize(join(wrapper, relative)) }
}

/**
 * Renders one kustomization of a tree.
 * @throws an error with kustomize's own words
 */
export async function render(tree: string, folder: string): Promise<RenderedObject[]> {
  // A kustomization around it asks for the origin of each object, so that a mistake can be shown with its file.
  const wrapper = join('.check', folder)
  await mkdir(join(tree, wrapper), { recursive: true })
  const resource = join(...wrapper.split('/').map(() => '..'), folder)
  const content = { resources: [resource], buildMetadata: ['originAnnotations'] }
  await writeFile(join(tree, wrapper, 'kustomization.yaml'), JSON.stringify(content))
  try {
    const { stdout } = await tool('kustomize', ['build', wrapper], { cwd: tree })
    const objects = parseAllDocuments(String(stdout)).map((document) => document.toJS() as KubernetesObject)
    return objects.map((object) => withoutOrigin(object, wrapper))
  } finally {
    await rm(join(tree, wrapper, 'kustomization.yaml'))
  }
}

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

/** Paths that Applications of this repository read from, and that the tree does not have. */
function missingPaths(tree: string, rendered: RenderedObject[]): Mistake[] {
  return rendered
    .filter(({ object }) => object.kind === 'Application')
    .flatMap(({ object, file }) => {
      const { path } = (object as unknown as { spec: { source: { path: string } } }).spec.source
      if (existsSync(join(tree, path, 'kustomization.yaml'))) return []
      return [{ file, object: nameOf(object), reason: `spec.source.path: there is no kustomization in ${path}` }]
    })
}

/** Steps of a Rollout whose weight its schema lets pass, and its controller calls an InvalidSpec when it is too late. */
export function badWeights(rendered: RenderedObject[]): Mistake[] {
  return rendered
    .filter(({ object }) => object.kind === 'Rollout')
    .flatMap(({ object, file }) => {
      const { strategy } = object.spec as { strategy?: { canary?: { steps?: { setWeight?: number }[] } } }
      const weights = strategy?.canary?.steps?.map(({ setWeight = 0 }) => setWeight) ?? []
      return weights.flatMap((weight, index) => {
        if (weight >= 0 && weight <= 100) return []
        const reason = `spec.strategy.canary.steps[${index}].setWeight: ${weight} is not between 0 and 100`
        return [{ file, object: nameOf(object), reason }]
      })
    })
}

/** Kinds that the AppProjects permit so that Argo CD shows them. Who writes them to git would go around every controller. */
export const shownOnly = ['Pod', 'ReplicaSet', 'AnalysisRun']

/** Objects that Argo CD would be rejected for: base/argo-cd/shown-only has the API server do so. */
export function notSynced(rendered: RenderedObject[]): Mistake[] {
  return rendered
    .filter(({ object }) => shownOnly.includes(object.kind))
    .map(({ object, file }) => {
      const reason = `Argo CD shows ${object.kind}s and syncs none: write a Deployment or a Rollout`
      return { file, object: nameOf(object), reason }
    })
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

async function firstRefusal(api: ApiServer, object: KubernetesObject): Promise<string | undefined> {
  if (judgedElsewhere.test(object.apiVersion)) return undefined
  for (const question of questions(object)) {
    const reason = await api.refusal(question)
    if (reason) return reason
  }
  return undefined
}

/** Large, and from outside the repository: what npm start installs, and the add-ons that Argo CD fetches. */
export function isFromOutside(folder: string): boolean {
  return /^clusters\/[^/]+\/(argo-|addons$)/.test(folder)
}

/**
 * Renders kustomizations of a tree and has each object checked by the cluster.
 * @param folders those to render, relative to the tree
 * @param skip says whether an object, by its JSON, needs no check any more
 */
export async function check(
  tree: string,
  folders: string[],
  skip: (json: string) => boolean = () => false,
): Promise<{ rendered: RenderedObject[]; mistakes: Mistake[] }> {
  const mistakes: Mistake[] = []
  const results = folders.map((folder) =>
    render(tree, folder).catch((error: { stderr?: string; message: string }) => {
      const reason = (error.stderr ?? error.message).replace(/^Error: /, '').replaceAll(`${tree}/`, '')
      mistakes.push({ file: `${folder}/kustomization.yaml`, reason: reason.trim() })
      return []
    }),
  )
  const rendered = (await Promise.all(results)).flat()
  mistakes.push(...missingPaths(tree, rendered), ...badWeights(rendered), ...notSynced(rendered))
  const distinct = new Map(rendered.map((item) => [JSON.stringify(item.object), item]))
  const api = new ApiServer()
  const answers = [...distinct].map(async ([json, { object, file }]) => {
    // Whatever else is wrong with an object that must not be there does not matter.
    const isJudged = skip(json) || shownOnly.includes(object.kind)
    const reason = isJudged ? undefined : await firstRefusal(api, object)
    if (reason) mistakes.push({ file, object: nameOf(object), reason })
  })
  await Promise.all(answers)
  // The same object is often part of several kustomizations.
  const once = new Map(mistakes.map((mistake) => [JSON.stringify(mistake), mistake]))
  return { rendered, mistakes: [...once.values()] }
}
