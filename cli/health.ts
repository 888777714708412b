/** What the running system says about itself: Argo CD's Applications, the rollout, and pods in trouble with reasons. */
import { isDeepStrictEqual } from 'node:util'
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import type { IAnalysisRun, IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import type { ContainerStatus, Event, Pod } from 'kubernetes-types/core/v1.d.ts'
import { type Application, isWell } from './application.ts'
import { missingImages } from './images/app-images.ts'
import { kialiCommand, kialiImage } from './kiali.ts'
import { folders, kubernetes, type Stored } from './kubernetes.ts'
import { loadedImages, runningContainers } from './minikube/minikube.ts'
import { ports, rememberedChoices } from './settings.ts'

/** A health that has a reason is the rollout's; for pods podsInTrouble() has it. */
function reasonOf({ status }: IApplication, rollout: IRollout | undefined): string {
  const condition = status?.conditions?.find(({ type }) => type.endsWith('Error'))?.message
  const operation = status?.operationState
  const fromOperation = operation && operation.phase !== 'Succeeded' ? operation.message : undefined
  const isUnhealthy = rollout && !['Healthy', 'Suspended'].includes(status?.health?.status ?? '')
  return condition ?? fromOperation ?? (isUnhealthy ? rollout.status?.message : undefined) ?? ''
}

/** Argo CD removes it when it has refreshed. The hook in git.ts sets it, too. */
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

/** Asks Argo CD to look at git and at the cluster again. */
export function refreshApplications(): Promise<void> {
  return refresh(() => true)
}

/** The same for those that it could not compare; by itself it tries them again in one or two minutes. */
export function refreshFailed(): Promise<void> {
  return refresh(
    ({ metadata, status }) => !metadata?.annotations?.[refreshAnnotation] && status?.sync?.status === 'Unknown',
  )
}

/** Unknown, too, while Argo CD's answer is about an earlier source or Argo CD makes a new one. */
function syncOf({ metadata, spec, status }: IApplication): string {
  const sync = status?.sync
  if (!sync || metadata.annotations?.[refreshAnnotation]) return 'Unknown'
  return isDeepStrictEqual(sync.comparedTo?.source, spec.source) ? sync.status : 'Unknown'
}

/** Argo CD calls an Application Degraded when its Rollout was aborted: everybody has the stable version, and nothing is wrong. */
function healthOf({ status }: IApplication, rollout: IRollout | undefined): string {
  const health = status?.health?.status ?? 'Unknown'
  return health === 'Degraded' && rollout?.status?.abort ? 'Aborted' : health
}

export async function applications(): Promise<Application[]> {
  const [found, stored] = await Promise.all([
    kubernetes.list<IApplication>(`${folders.argoCd}/applications`),
    storedRollout(),
  ])
  return found.map((application) => {
    const hasRollout = application.status?.resources?.some(({ kind }) => kind === 'Rollout')
    const rollout = hasRollout ? stored : undefined
    return {
      name: application.metadata.name,
      sync: syncOf(application),
      health: healthOf(application, rollout),
      revision: application.status?.sync?.revision ?? '',
      message: reasonOf(application, rollout),
    }
  })
}

function containersOf({ status }: Pod): ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
}

/** After a stop of the node, until the kubelet has looked: the API server has containers as running, and the node has not. */
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

/** Pods that are not what they should be, one line each: "namespace/name: why". */
export async function podsInTrouble(): Promise<string[]> {
  const pods = await kubernetes.list<Pod>('/api/v1/pods')
  // After the pods, because a container that starts in between must not look ended.
  const containers = await runningContainers()
  return pods.flatMap((pod) => {
    if (pod.metadata.deletionTimestamp) return []
    const ended = endedUnseen(pod, containers)
    const trouble = ended ? `${ended.name} has ended` : troubleOf(pod)
    return trouble ? [`${pod.metadata.namespace}/${pod.metadata.name}: ${trouble}`] : []
  })
}

/** The latest five, oldest first. */
async function warnings(): Promise<string[]> {
  const events = await kubernetes.list<Event>('/api/v1/events?fieldSelector=type%3DWarning')
  const time = ({ lastTimestamp, eventTime, metadata }: Stored<Event>) =>
    lastTimestamp ?? eventTime ?? metadata.creationTimestamp
  events.sort((a, b) => time(a).localeCompare(time(b)))
  return events.slice(-5).map(({ involvedObject: { kind, name }, message }) => `${kind}/${name}: ${message}`)
}

/** What a time-out shows: Applications and pods that are not well, and the latest warnings. */
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

/** Where the rollout of web-api stands. */
export interface Rollout {
  phase: string
  message: string
  /** "1/2 setWeight 20", or undefined when nothing is going on. */
  step: string | undefined
  aborted: boolean
  /** Image that git asks for. */
  image: string
}

/** The Rollout as the API server keeps it; undefined in the overlays that have none. */
export async function storedRollout(): Promise<Stored<IRollout> | undefined> {
  return (await kubernetes.list<IRollout>(`${folders.argoRollouts}/rollouts`))[0]
}

/** The newest analysis of the pods that are being rolled out. */
export async function storedAnalysis({ status }: Stored<IRollout>): Promise<Stored<IAnalysisRun> | undefined> {
  const selector = encodeURIComponent(`rollouts-pod-template-hash=${status?.currentPodHash}`)
  const runs = await kubernetes.list<IAnalysisRun>(`${folders.argoRollouts}/analysisruns?labelSelector=${selector}`)
  return runs.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp)).at(-1)
}

export async function rollout(): Promise<Rollout | undefined> {
  const found = await storedRollout()
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

/** Share of the requests to the API, in percent, by subset, as the gateway has it now. */
export async function weights(): Promise<{ subset: string; weight: number }[]> {
  const found = await kubernetes.list<IVirtualService>(`${folders.istio}/virtualservices`)
  const routes = found.flatMap(({ spec }) => spec?.http ?? [])
  const { route = [] } = routes.find(({ name, route }) => name === 'getmultiple' && route) ?? {}
  return route.map(({ destination, weight }) => ({ subset: destination?.subset ?? '', weight: weight ?? 100 }))
}

/** Images that workloads of the application name and the cluster has not, with the command that makes each. */
export async function imagesMissing(): Promise<{ name: string; remedy: string }[]> {
  const kinds = [`${folders.apps}/deployments`, `${folders.apps}/statefulsets`, `${folders.argoRollouts}/rollouts`]
  const [loaded, ...objects] = await Promise.all([
    loadedImages(),
    ...kinds.map((path) => kubernetes.list<{ spec: unknown }>(path)),
  ])
  const specs = objects.flat().map(({ spec }) => spec)
  const isBuilt = rememberedChoices()?.images === 'built'
  const lacksKiali = isBuilt && !loaded.has(kialiImage) && JSON.stringify(specs).includes(`"${kialiImage}"`)
  return [...missingImages(specs, loaded), ...(lacksKiali ? [{ name: kialiImage, remedy: kialiCommand }] : [])]
}

/** What users open, and what it answers when it is not as it should be. */
export async function addressesInTrouble(): Promise<string[]> {
  const { web, argocd } = ports()
  const urls = [
    `http://127.0.0.1:${web}/`,
    `http://127.0.0.1:${web}/web-api/v1/getmultiple`,
    `http://127.0.0.1:${argocd}/healthz`,
  ]
  const ask = async (url: string) => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3000) }).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.ok ? [] : [`${url} ${answer ? `answers ${answer.status}` : 'does not answer'}`]
  }
  return (await Promise.all(urls.map(ask))).flat()
}
