/** What the running system says about itself: Argo CD's Applications, the rollout, and pods in trouble with reasons. */
import { isDeepStrictEqual } from 'node:util'
import { missingImages } from './images/app-images.ts'
import type { KubernetesObject } from './judge/manifests.ts'
import { loadedImages, runOnNode } from './minikube/minikube.ts'
import { namespace, ports } from './settings.ts'
import { kubectl, kubectlJson } from './tools.ts'

interface List<T> {
  items: T[]
}

/** An Application of Argo CD, as far as it is shown. */
export interface Application {
  name: string
  sync: string
  health: string
  revision: string
  /** Why it is not in sync or not healthy, when Argo CD says so. */
  message: string
}

interface RawApplication {
  metadata: { name: string; annotations?: Record<string, string> }
  spec: { source: object }
  status?: {
    sync?: { status: string; revision?: string; comparedTo: { source: object } }
    health?: { status: string }
    operationState?: { phase: string; message?: string }
    conditions?: { type: string; message: string }[]
    resources?: { kind: string; name: string; health?: { status: string; message?: string } }[]
  }
}

function reasonOf({ status }: RawApplication): string {
  const condition = status?.conditions?.find(({ type }) => type.endsWith('Error'))?.message
  const resource = status?.resources?.find(({ health }) => health && !['Healthy', 'Suspended'].includes(health.status))
  const fromResource =
    resource && `${resource.kind}/${resource.name} ${resource.health?.message ?? resource.health?.status}`
  const operation = status?.operationState
  const fromOperation = operation && operation.phase !== 'Succeeded' ? operation.message : undefined
  return condition ?? fromResource ?? fromOperation ?? ''
}

/** Argo CD takes it away when it has looked. The hook in git.ts sets it, too. */
const refreshAnnotation = 'argocd.argoproj.io/refresh'

/** Asks Argo CD to look at git and at the cluster again. */
export async function refreshApplications(): Promise<void> {
  await kubectl([
    ...['annotate', 'applications', '--namespace=argocd', '--all', '--overwrite'],
    `${refreshAnnotation}=normal`,
  ])
}

/** Unknown, too, while Argo CD's answer is about an earlier source or is being made anew. */
function syncOf({ metadata, spec, status }: RawApplication): string {
  const sync = status?.sync
  if (!sync || metadata.annotations?.[refreshAnnotation]) return 'Unknown'
  return isDeepStrictEqual(sync.comparedTo.source, spec.source) ? sync.status : 'Unknown'
}

export async function applications(): Promise<Application[]> {
  const { items } = await kubectlJson<List<RawApplication>>(['get', 'applications', '--namespace=argocd'])
  return readApplications(items)
}

export function readApplications(items: RawApplication[]): Application[] {
  return items.map((item) => ({
    name: item.metadata.name,
    sync: syncOf(item),
    health: item.status?.health?.status ?? 'Unknown',
    revision: item.status?.sync?.revision ?? '',
    message: reasonOf(item),
  }))
}

/** A canary that waits to be promoted is Suspended, and all is well. */
export function isWell({ sync, health }: Application): boolean {
  return sync === 'Synced' && (health === 'Healthy' || health === 'Suspended')
}

interface ContainerStatus {
  name: string
  ready: boolean
  /** "containerd://…" */
  containerID?: string
  state?: {
    running?: object
    waiting?: { reason: string; message?: string }
    terminated?: { reason: string; message?: string }
  }
  lastState?: { terminated?: { reason: string; exitCode: number } }
}

interface Pod {
  metadata: { name: string; namespace: string; deletionTimestamp?: string }
  status: {
    phase: string
    conditions?: { type: string; status: string; message?: string }[]
    initContainerStatuses?: ContainerStatus[]
    containerStatuses?: ContainerStatus[]
  }
}

/** After a stop of the node, until the kubelet has looked: containers that the API server has running, and the node has not. */
function endedUnseen({ status }: Pod, running: Set<string>): ContainerStatus | undefined {
  const known = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return known.find(({ state, containerID }) => state?.running && !running.has(containerID?.split('://')[1] ?? ''))
}

function troubleOf({ status }: Pod): string | undefined {
  if (status.phase === 'Succeeded') return undefined
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const waiting = containers.find(({ state }) => state?.waiting && state.waiting.reason !== 'PodInitializing')
  if (waiting) {
    const { reason, message } = waiting.state?.waiting ?? {}
    const last = waiting.lastState?.terminated
    return [waiting.name, reason, last && `(last exit ${last.exitCode}: ${last.reason})`, message]
      .filter(Boolean)
      .join(' ')
  }
  const unmet = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status !== 'True')
  if (unmet) return `not scheduled: ${unmet.message}`
  const unready = status.containerStatuses?.find(({ ready }) => !ready)
  return unready ? `${unready.name} is not ready` : status.phase === 'Running' ? undefined : status.phase
}

/** Pods that are not what they should be, one line each: "namespace/name: why". */
export async function podsInTrouble(): Promise<string[]> {
  const { items } = await kubectlJson<List<Pod>>(['get', 'pods', '--all-namespaces'])
  const running = await runOnNode(['ctr', '--namespace=k8s.io', 'tasks', 'list', '--quiet'])
  const containers = new Set(running.split(/\s+/))
  return items.flatMap((pod) => {
    if (pod.metadata.deletionTimestamp) return []
    const ended = endedUnseen(pod, containers)
    const trouble = ended ? `${ended.name} has ended` : troubleOf(pod)
    return trouble ? [`${pod.metadata.namespace}/${pod.metadata.name}: ${trouble}`] : []
  })
}

/** What a time-out shows: Applications and pods that are not well, and the latest warnings. */
export async function reasons(): Promise<string> {
  const apps = (await applications().catch(() => [])).filter((app) => !isWell(app))
  const lines = apps.map(({ name, sync, health, message }) => `application ${name}: ${sync}, ${health}. ${message}`)
  const events = await kubectlJson<
    List<{ type: string; message: string; involvedObject: { kind: string; name: string } }>
  >([...['get', 'events', '--all-namespaces', '--field-selector=type=Warning', '--sort-by=.lastTimestamp']]).catch(
    () => ({ items: [] }),
  )
  const warnings = events.items
    .slice(-5)
    .map(({ involvedObject: { kind, name }, message }) => `${kind}/${name}: ${message}`)
  return [...lines, ...(await podsInTrouble().catch(() => [])), ...warnings].map((line) => `  ${line}`).join('\n')
}

/** The Rollout, as far as it is shown. */
export interface RawRollout {
  spec: {
    replicas: number
    strategy: { canary: { steps?: Record<string, unknown>[] } }
    template: { spec: { containers: { image: string }[] } }
  }
  status?: {
    phase?: string
    message?: string
    abort?: boolean
    currentStepIndex?: number
    stableRS?: string
    currentPodHash?: string
  }
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

export async function rollout(): Promise<Rollout | undefined> {
  const { items } = await kubectlJson<List<RawRollout>>(['get', 'rollouts', `--namespace=${namespace}`])
  const [found] = items
  if (!found) return undefined
  const steps = found.spec.strategy.canary.steps ?? []
  const index = found.status?.currentStepIndex ?? 0
  const [name, value] = Object.entries(steps[index] ?? {})[0] ?? []
  const detail = typeof value === 'number' ? ` ${value}` : ''
  return {
    phase: found.status?.phase ?? 'Unknown',
    message: found.status?.message ?? '',
    step: index < steps.length ? `${index + 1}/${steps.length} ${name}${detail}` : undefined,
    aborted: found.status?.abort ?? false,
    image: found.spec.template.spec.containers[0]?.image ?? '',
  }
}

interface RawVirtualService {
  spec: { http: { name: string; route?: { destination: { subset: string }; weight?: number }[] }[] }
}

/** Share of the requests, in percent, by subset, as the gateway has it now. */
export async function weights(): Promise<{ subset: string; weight: number }[]> {
  const { items } = await kubectlJson<List<RawVirtualService>>(['get', 'virtualservices', `--namespace=${namespace}`])
  return readWeights(items)
}

export function readWeights(items: RawVirtualService[]): { subset: string; weight: number }[] {
  const routes = items.flatMap(({ spec }) => spec.http)
  const { route = [] } = routes.find(({ name, route }) => name === 'getmultiple' && route) ?? {}
  return route.map(({ destination, weight }) => ({ subset: destination.subset, weight: weight ?? 100 }))
}

/** Images that workloads of the application name and the cluster has not, with the command that makes each. */
export async function imagesMissing(): Promise<{ name: string; remedy: string }[]> {
  const kinds = 'deployments,statefulsets,rollouts'
  const { items } = await kubectlJson<List<KubernetesObject>>(['get', kinds, `--namespace=${namespace}`])
  return missingImages(
    items.map(({ spec }) => spec),
    await loadedImages(),
  )
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
