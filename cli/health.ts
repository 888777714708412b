/** State of the running system: Argo CD's Applications, the rollout, and pods with problems. */
import { isDeepStrictEqual } from 'node:util'
import type { IApplication, IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import type { IAnalysisRun, IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import type { ReplicaSet } from 'kubernetes-types/apps/v1.d.ts'
import type { ContainerStatus, Event, Pod } from 'kubernetes-types/core/v1.d.ts'
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts'
import { request } from 'undici'
import { type Application, isWell } from './application.ts'
import { imagesIn, type MissingImage, missingImages } from './images/app-images.ts'
import { folders, kubernetes, type Stored } from './kubernetes.ts'
import { loadedImages, runningContainers } from './minikube/minikube.ts'
import { ports } from './settings.ts'

/** Settings that keep an Application out of sync; Argo CD itself does not report them as a reason. */
function heldBack({ spec, status }: IApplication, projects: IAppProject[]): string | undefined {
  if (status?.sync?.status !== 'OutOfSync') return undefined
  const { automated } = spec.syncPolicy ?? {}
  if (!automated) return 'spec.syncPolicy.automated is not set: sync it by hand'
  const project = projects.find(({ metadata }) => metadata.name === spec.project)
  if (project?.spec.syncWindows?.length)
    return `AppProject/${spec.project} has sync windows; see: argocd proj windows list ${spec.project}`
  return automated.selfHeal ? undefined : 'selfHeal is off: Argo CD syncs new commits only'
}

/**
 * Why an Application is not in sync or not healthy, in one line; empty when nothing says so. Pods have their reasons in
 * podsInTrouble().
 */
export function reasonOf(application: IApplication, rollout: IRollout | undefined, projects: IAppProject[]): string {
  const { status } = application
  const condition = status?.conditions?.find(({ type }) => type.endsWith('Error'))?.message
  const operation = status?.operationState
  const fromOperation = operation && operation.phase !== 'Succeeded' ? operation.message : undefined
  const isUnhealthy = rollout && !['Healthy', 'Suspended'].includes(status?.health?.status ?? '')
  const fromRollout = isUnhealthy ? rollout.status?.message : undefined
  const reason = condition ?? fromOperation ?? heldBack(application, projects) ?? fromRollout ?? ''
  return reason.replaceAll(/\s+/g, ' ').trim()
}

/** Argo CD removes it after the refresh. The hook of git/remote.ts sets it too. */
const refreshAnnotation = 'argocd.argoproj.io/refresh'

async function refresh(isWanted: (application: IApplication) => boolean): Promise<void> {
  const fields = { metadata: { annotations: { [refreshAnnotation]: 'normal' } } }
  const found = await kubernetes.list<IApplication>(`${folders.argoCd}/applications`)
  await Promise.all(
    found
      .filter(isWanted)
      .map(({ metadata }) => kubernetes.patch(`${folders.argoCd}/applications/${metadata.name}`, fields)),
  )
}

/** Makes Argo CD compare git and the cluster again. */
export function refreshApplications(): Promise<void> {
  return refresh(() => true)
}

/** Refreshes Applications that Argo CD could not compare; by itself it would retry only after one or two minutes. */
export function refreshFailed(): Promise<void> {
  return refresh(
    ({ metadata, status }) => !metadata?.annotations?.[refreshAnnotation] && status?.sync?.status === 'Unknown',
  )
}

/** Sync status; Unknown while it refers to an earlier source or Argo CD is refreshing. */
function syncOf({ metadata, spec, status }: IApplication): string {
  const sync = status?.sync
  if (!sync || metadata.annotations?.[refreshAnnotation]) return 'Unknown'
  return isDeepStrictEqual(sync.comparedTo?.source, spec.source) ? sync.status : 'Unknown'
}

/** Aborted instead of Argo CD's Degraded when the Rollout was aborted, because all users then have the stable version. */
function healthOf({ status }: IApplication, rollout: IRollout | undefined): string {
  const health = status?.health?.status ?? 'Unknown'
  return health === 'Degraded' && rollout?.status?.abort ? 'Aborted' : health
}

export async function applications(): Promise<Application[]> {
  const [found, projects, rollouts] = await Promise.all([
    kubernetes.list<IApplication>(`${folders.argoCd}/applications`),
    kubernetes.list<IAppProject>(`${folders.argoCd}/appprojects`),
    storedRollouts(),
  ])
  return found.map((application) => {
    const own = application.status?.resources?.find(({ kind }) => kind === 'Rollout')
    const rollout = rollouts.find(({ metadata }) => metadata.name === own?.name)
    return {
      name: application.metadata.name,
      sync: syncOf(application),
      health: healthOf(application, rollout),
      revision: application.status?.sync?.revision ?? '',
      message: reasonOf(application, rollout, projects),
    }
  })
}

function containersOf({ status }: Pod): ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
}

/** A container that has ended with the node, and that the API server reports as running until the kubelet updates it. */
function endedUnseen(pod: Pod, running: Set<string>): ContainerStatus | undefined {
  return containersOf(pod).find(
    ({ state, containerID }) => state?.running && !running.has(containerID?.split('://')[1] ?? ''),
  )
}

function troubleOf(pod: Pod): string | undefined {
  const { phase, conditions, containerStatuses } = pod.status ?? {}
  if (phase === 'Succeeded') return undefined
  const waiting = containersOf(pod).find(({ state }) => state?.waiting && state.waiting.reason !== 'PodInitializing')
  if (waiting) {
    const { reason, message } = waiting.state?.waiting ?? {}
    const last = waiting.lastState?.terminated
    return [waiting.name, reason, last && `(last exit ${last.exitCode}: ${last.reason})`, message]
      .filter(Boolean)
      .join(' ')
  }
  const unmet = conditions?.find(({ type, status }) => type === 'PodScheduled' && status !== 'True')
  if (unmet) return `not scheduled: ${unmet.message}`
  const unready = containerStatuses?.find(({ ready }) => !ready)
  return unready ? `${unready.name} is not ready` : phase === 'Running' ? undefined : phase
}

/** What the kubelet's newest warning says about a pod, such as a probe that fails. */
async function lastWarning({ metadata }: Pod): Promise<string | undefined> {
  const selector = encodeURIComponent(`type=Warning,involvedObject.uid=${metadata?.uid}`)
  const events = await kubernetes.list<Event>(
    `/api/v1/namespaces/${metadata?.namespace}/events?fieldSelector=${selector}`,
  )
  return events
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .at(-1)
    ?.message?.trim()
}

/** Pods with problems, one line each: "namespace/name: reason". */
export async function podsInTrouble(): Promise<string[]> {
  const pods = await kubernetes.list<Pod>('/api/v1/pods')
  // Read after the pods, so that a container that starts in between does not count as ended.
  const containers = await runningContainers()
  const lines = pods.map(async (pod) => {
    if (pod.metadata.deletionTimestamp) return []
    const ended = endedUnseen(pod, containers)
    const trouble = ended ? `${ended.name} has ended` : troubleOf(pod)
    if (!trouble) return []
    const warning = trouble.endsWith('is not ready') ? await lastWarning(pod) : undefined
    return [`${pod.metadata.namespace}/${pod.metadata.name}: ${[trouble, warning].filter(Boolean).join(': ')}`]
  })
  return (await Promise.all(lines)).flat()
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: Stored<Event>) =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp

/** The latest five warnings, oldest first. */
async function warnings(): Promise<string[]> {
  const events = await kubernetes.list<Event>('/api/v1/events?fieldSelector=type%3DWarning')
  events.sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
  return events.slice(-5).map(({ involvedObject: { kind, name }, message }) => `${kind}/${name}: ${message}`)
}

/** Text for time-outs: unhealthy Applications, pods with problems, and the latest warnings. */
export async function reasons(): Promise<string> {
  const unwell = async () =>
    (await applications())
      .filter((app) => !isWell(app))
      .map(({ name, sync, health, message }) => `application ${name}: ${sync}, ${health}. ${message}`)
  const lines = await Promise.all([unwell, podsInTrouble, warnings].map((ask) => ask().catch(() => [])))
  return lines
    .flat()
    .map((line) => `  ${line}`)
    .join('\n')
}

/** State of a service's rollout. */
export interface Rollout {
  phase: string
  message: string
  /** "1/2 setWeight 20", or undefined when no release is in progress. */
  step: string | undefined
  aborted: boolean
  /** Image in the Rollout's spec. */
  image: string
}

function storedRollouts(): Promise<Stored<IRollout>[]> {
  return kubernetes.list<IRollout>(`${folders.argoRollouts}/rollouts`)
}

/** The service's Rollout from the API server; undefined in overlays without one. */
export async function storedRollout(service = 'web-api'): Promise<Stored<IRollout> | undefined> {
  return (await storedRollouts()).find(({ metadata }) => metadata.name === service)
}

/** The stable version of web-api, which all users had before the release in progress. */
export async function stableVersion({ status }: Stored<IRollout>): Promise<string | undefined> {
  const selector = encodeURIComponent(`rollouts-pod-template-hash=${status?.stableRS}`)
  const [set] = await kubernetes.list<ReplicaSet>(`${folders.apps}/replicasets?labelSelector=${selector}`)
  const image = set?.spec?.template?.spec?.containers.find(({ name }) => name === 'web-api')?.image
  return image?.split(':').at(-1)
}

/** The newest analysis of the release in progress. */
export async function storedAnalysis({ status }: Stored<IRollout>): Promise<Stored<IAnalysisRun> | undefined> {
  const selector = encodeURIComponent(`rollouts-pod-template-hash=${status?.currentPodHash}`)
  const runs = await kubernetes.list<IAnalysisRun>(`${folders.argoRollouts}/analysisruns?labelSelector=${selector}`)
  return runs.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp)).at(-1)
}

export async function rollout(service?: string): Promise<Rollout | undefined> {
  const found = await storedRollout(service)
  if (!found) return undefined
  const { spec, status } = found
  const steps = spec.strategy?.canary?.steps ?? []
  const index = status?.currentStepIndex ?? 0
  const [name, value] = Object.entries(steps[index] ?? {})[0] ?? []
  const detail = typeof value === 'number' ? ` ${value}` : ''
  return {
    phase: status?.phase ?? 'Unknown',
    message: status?.message ?? '',
    step: index < steps.length ? `${index + 1}/${steps.length} ${name}${detail}` : undefined,
    aborted: status?.abort ?? false,
    image: spec.template?.spec?.containers[0]?.image ?? '',
  }
}

export function virtualServices(): Promise<Stored<IVirtualService>[]> {
  return kubernetes.list<IVirtualService>(`${folders.istio}/virtualservices`)
}

/** Of a VirtualService. */
export type HttpRoute = NonNullable<NonNullable<IVirtualService['spec']>['http']>[number]

/** What a route's fault does to calls, such as "25 % fail with status 503". */
export function faultTexts({ fault: { abort, delay } = {} }: HttpRoute): string[] {
  return [
    ...(abort ? [`${abort.percentage?.value} % fail with status ${abort.httpStatus}`] : []),
    ...(delay ? [`${delay.percentage?.value} % take ${delay.fixedDelay} longer`] : []),
  ]
}

/** The service, with the route's name if it has another one. */
export const placeOf = (service: string, { name }: HttpRoute) =>
  name && name !== service ? `${service}, ${name}` : service

/** Faults that Istio injects into calls, by the service that they go to. */
export function faultsIn(found: IVirtualService[]): { service: string; text: string }[] {
  return found.flatMap(({ metadata, spec }) =>
    (spec?.http ?? []).flatMap((route) => {
      const service = metadata?.name ?? ''
      return faultTexts(route).map((text) => ({ service, text: `${placeOf(service, route)}: ${text}` }))
    }),
  )
}

/** The weights of a route by subset, in percent. */
export function weightsIn(found: IVirtualService[], routeName = 'getmultiple'): { subset: string; weight: number }[] {
  const routes = found.flatMap(({ spec }) => spec?.http ?? [])
  const { route = [] } = routes.find(({ name, route }) => name === routeName && route) ?? {}
  return route.map(({ destination, weight }) => ({ subset: destination?.subset ?? '', weight: weight ?? 100 }))
}

/** The current weights of a route by subset, in percent. */
export async function weights(routeName?: string): Promise<{ subset: string; weight: number }[]> {
  return weightsIn(await virtualServices(), routeName)
}

const workloads = ['apps/v1/deployments', 'apps/v1/statefulsets', 'argoproj.io/v1alpha1/rollouts']

/** Images that workloads from git use and the cluster can get from nowhere. */
export async function imagesMissing(): Promise<MissingImage[]> {
  const [loaded, ...lists] = await Promise.all([
    loadedImages(),
    ...workloads.map((path) => kubernetes.list<Stored<{ metadata: ObjectMeta; spec: unknown }>>(`/apis/${path}`)),
  ])
  const fromGit = lists.flat().filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/tracking-id'])
  return missingImages(imagesIn(fromGit.map(({ spec }) => spec)), loaded)
}

/** URLs for users that do not work, one line each with the reason. */
export async function addressesInTrouble(): Promise<string[]> {
  const { web, argocd } = ports()
  const urls = [
    `http://127.0.0.1:${web}/`,
    `http://127.0.0.1:${web}/web-api/v1/getmultiple`,
    `http://127.0.0.1:${argocd}/healthz`,
  ]
  const ask = async (url: string) => {
    // Each time on a new connection, as a browser opens it: one from the time when Docker started the node may lead elsewhere.
    const options = { reset: true, signal: AbortSignal.timeout(3000) }
    const answer = await request(url, options).catch(() => undefined)
    await answer?.body.dump()
    if (answer?.statusCode === 200) return []
    return [`${url} ${answer ? `returns status ${answer.statusCode}` : 'does not answer'}`]
  }
  return (await Promise.all(urls.map(ask))).flat()
}
