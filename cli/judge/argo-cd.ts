/** Finds what Argo CD would not sync: sources that it cannot read, and objects that the AppProjects do not permit. */
import { remoteUrl } from '../git/remote.ts'
import { clusterFolder } from '../settings.ts'
import { type Mistake, mistakeIn, nameOf, type RenderedObject } from './objects.ts'
import { mainRef } from './refs.ts'
import { kustomizationIn } from './render.ts'
import { identity, nameOfPart, namespaceOf, type Part, type System } from './systems.ts'

/** Kinds that the AppProjects permit only so that Argo CD shows them. Such objects in git would bypass their controllers. */
export const shownOnly = ['Pod', 'ReplicaSet', 'AnalysisRun']

/** Cluster-scoped kinds that manifests here may have; without a cluster there is no API server to ask. */
const clusterScoped =
  /^(Cluster.*|Namespace|Node|PersistentVolume|StorageClass|IngressClass|GatewayClass|PriorityClass|RuntimeClass|APIService|CSIDriver|CustomResourceDefinition|(Validating|Mutating)(WebhookConfiguration|AdmissionPolicy(Binding)?))$/

interface GroupKind {
  group: string
  kind: string
}

interface ProjectSpec {
  sourceRepos?: string[]
  destinations?: { server?: string; namespace?: string }[]
  clusterResourceWhitelist?: GroupKind[]
  namespaceResourceWhitelist?: GroupKind[]
  clusterResourceBlacklist?: GroupKind[]
  namespaceResourceBlacklist?: GroupKind[]
}

function matches(pattern = '', text = ''): boolean {
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${expression.join('.*')}$`).test(text)
}

/** Reasons why Argo CD cannot read a source, or why the hook cannot judge it. */
function judgeSource(tree: string, { spec, folder }: Part): string[] {
  const { source, sources } = spec
  if (sources) return ['spec.sources: one folder of this repository can be judged here: name it by spec.source']
  if (!source?.path || source.chart)
    return [
      `spec.source${source?.chart ? '.chart' : ''}: only a folder of this repository can be judged here: spec.source.path`,
    ]
  const reasons: string[] = []
  if (source.targetRevision !== mainRef)
    reasons.push(
      `spec.source.targetRevision ${source.targetRevision ?? 'is missing'}: write targetRevision: ${mainRef}, the only revision that the hook judges`,
    )
  if (!folder || !kustomizationIn(tree, folder))
    reasons.push(`spec.source.path: there is no kustomization in ${source.path}`)
  return reasons
}

function forbids(project: RenderedObject, field: string, missing: string): string {
  return `${nameOf(project.object)} does not permit it: add to ${field} in ${project.file}: ${missing}`
}

/**
 * Reasons why the project does not permit the Application's source or destination.
 * @param repository URL of the repository that is judged
 */
function judgePermissions({ spec }: Part, project: RenderedObject | undefined, repository = ''): string[] {
  if (!project) return [`spec.project: there is no AppProject/${spec.project}`]
  const { sourceRepos = [], destinations = [] } = project.object.spec as ProjectSpec
  const { repoURL } = spec.source ?? {}
  const { server = 'https://kubernetes.default.svc', namespace } = spec.destination ?? {}
  const reasons: string[] = []
  if (repoURL && !sourceRepos.some((pattern) => matches(pattern, repoURL)))
    reasons.push(forbids(project, 'sourceRepos', repoURL))
  else if (repository && repoURL && repoURL !== repository)
    reasons.push(`spec.source.repoURL ${repoURL}: only ${repository} is judged here`)
  if (!destinations.some((to) => matches(to.server, server) && matches(to.namespace, namespace)))
    reasons.push(forbids(project, 'destinations', `namespace ${namespace}`))
  return reasons
}

/** Reasons why the project does not permit the Application to sync an object. */
function judgeObject(item: RenderedObject, part: Part, project: RenderedObject): string[] {
  const { apiVersion, kind } = item.object
  const group = apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : ''
  const spec = project.object.spec as ProjectSpec
  const isListed = (list: GroupKind[]) => list.some((entry) => matches(entry.group, group) && matches(entry.kind, kind))
  const scope = clusterScoped.test(kind) ? 'cluster' : 'namespace'
  // Without a whitelist Argo CD permits every namespaced kind, and no cluster-scoped kind.
  const allowed = spec[`${scope}ResourceWhitelist`] ?? (scope === 'cluster' ? [] : [{ group: '*', kind: '*' }])
  if (!isListed(allowed) || isListed(spec[`${scope}ResourceBlacklist`] ?? [])) {
    return [forbids(project, `${scope}ResourceWhitelist`, `- { group: ${group || '""'}, kind: ${kind} }`)]
  }
  const namespace = namespaceOf(item, part)
  const isThere = spec.destinations?.some((to) => matches(to.namespace, namespace))
  if (scope === 'cluster' || isThere) return []
  return [forbids(project, 'destinations', `namespace ${namespace}`)]
}

/** Finds objects that two Applications sync: each Application would overwrite the other's again and again. */
function sharedObjects({ parts }: System): Mistake[] {
  const owners = new Map<string, string>()
  return parts.flatMap((part) =>
    part.objects.flatMap((item) => {
      const key = identity(item.object, namespaceOf(item, part))
      const { name } = part.application.object.metadata
      const owner = owners.get(key)
      owners.set(key, name)
      return owner ? [mistakeIn(item, `two Applications sync it: ${owner} and ${name}`)] : []
    }),
  )
}

function judgePart(tree: string, part: Part, { name, projects, repository }: System): Mistake[] {
  const project = projects.find(({ object }) => object.metadata.name === part.spec.project)
  // If a push made root read another repository, no later push to this one could change that.
  const isOwnRoot = name === clusterFolder && nameOfPart(part) === 'root'
  const right = isOwnRoot ? remoteUrl : repository
  const ofApplication = [...judgeSource(tree, part), ...judgePermissions(part, project, right)]
  return [
    ...ofApplication.map((reason) => mistakeIn(part.application, reason)),
    ...part.objects.flatMap((item) =>
      project ? judgeObject(item, part, project).map((reason) => mistakeIn(item, reason)) : [],
    ),
  ]
}

/** Finds objects of kinds that Argo CD only shows; because of base/argo-cd/shown-only the API server rejects them. */
export function notSynced(objects: RenderedObject[]): Mistake[] {
  return objects
    .filter(({ object }) => shownOnly.includes(object.kind))
    .map((item) =>
      mistakeIn(item, `Argo CD shows ${item.object.kind}s and syncs none: write a Deployment or a Rollout`),
    )
}

/**
 * Judges a system as Argo CD would.
 * @param tree the folder with all files
 */
export function judgeArgoCd(tree: string, system: System): Mistake[] {
  return [...system.judged.flatMap((part) => judgePart(tree, part, system)), ...sharedObjects(system)]
}
