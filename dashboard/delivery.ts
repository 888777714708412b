/** Looks at the whole delivery, again and again: git, Argo CD, Argo Rollouts, Istio, Prometheus. */
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { type RawRollout, readApplications, readWeights } from '../cli/health.ts'
import { namespace, paths } from '../cli/settings.ts'
import { trafficGraph } from './graph.ts'
import type { Kubernetes } from './kubernetes.ts'
import type { Analysis, Delivery, Metric, Rollout } from './types.ts'

interface List<T> {
  items: T[]
}

interface RawReplicaSet {
  metadata: { labels: Record<string, string> }
  spec: { template: { spec: { containers: { image: string }[] } } }
}

interface RawAnalysisRun {
  metadata: { name: string; creationTimestamp: string; labels?: Record<string, string> }
  status?: { phase?: string; message?: string; metricResults?: Partial<Metric>[] }
}

const hashLabel = 'rollouts-pod-template-hash'

const argo = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}`

function versionOf(image = ''): string {
  return image.split(/[:@]/).at(-1) ?? ''
}

/** One step in words: its kind, and what can be said of it in a word. */
function stepInWords(step: Record<string, unknown>): string {
  const [kind = '', value] = Object.entries(step)[0] ?? []
  if (typeof value !== 'object' || value === null) return `${kind} ${value}`
  const { name, duration } = value as { name?: string; duration?: string | number }
  return [kind, duration ?? name].filter(Boolean).join(' ')
}

function readRollout({ spec, status = {} }: RawRollout, replicaSets: RawReplicaSet[]): Rollout {
  const stable = replicaSets.find(({ metadata }) => metadata.labels[hashLabel] === status.stableRS)
  const canaryVersion = versionOf(spec.template.spec.containers[0]?.image)
  const steps = spec.strategy.canary.steps ?? []
  return {
    phase: status.phase ?? 'Unknown',
    message: status.message ?? '',
    steps: steps.map(stepInWords),
    step: status.currentStepIndex ?? steps.length,
    aborted: status.abort ?? false,
    stableVersion: stable ? versionOf(stable.spec.template.spec.containers[0]?.image) : canaryVersion,
    canaryVersion,
  }
}

/** The newest analysis of the pods that are being rolled out. */
function readAnalysis(runs: RawAnalysisRun[], podHash: string | undefined): Analysis | undefined {
  const own = runs.filter(({ metadata }) => metadata.labels?.[hashLabel] === podHash)
  own.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
  const run = own.at(-1)
  return (
    run && {
      name: run.metadata.name,
      phase: run.status?.phase ?? 'Pending',
      message: run.status?.message ?? '',
      metrics: (run.status?.metricResults ?? []).map((result) => ({
        name: result.name ?? '',
        phase: result.phase ?? 'Pending',
        successful: result.successful ?? 0,
        failed: result.failed ?? 0,
        inconclusive: result.inconclusive ?? 0,
        error: result.error ?? 0,
        measurements: (result.measurements ?? []).slice(-10).map(({ phase, value = '' }) => ({ phase, value })),
      })),
    }
  )
}

/** Newest commit of the local remote; nothing when Argo CD reads from elsewhere. */
async function newestCommit(): Promise<Delivery['commit']> {
  const log = ['--git-dir', paths.git, 'log', '-1', '--format=%H%x09%s', 'main']
  const { stdout } = await execa('git', log, { reject: false })
  const [hash = '', subject = ''] = stdout.split('\t')
  return { hash, subject }
}

export async function look(kubernetes: Kubernetes): Promise<Delivery> {
  const list = async <T>(path: string) => (await kubernetes.get<List<T>>(path)).items
  const [commit, applications, rollouts, replicaSets, runs, virtualServices] = await Promise.all([
    newestCommit(),
    list<Parameters<typeof readApplications>[0][number]>('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'),
    list<RawRollout>(`${argo}/rollouts`),
    list<RawReplicaSet>(`/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Dweb-api`),
    list<RawAnalysisRun>(`${argo}/analysisruns`),
    list<Parameters<typeof readWeights>[0][number]>(
      `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`,
    ),
  ])
  const [raw] = rollouts
  const rollout = raw && readRollout(raw, replicaSets)
  const analysis = raw && readAnalysis(runs, raw.status?.currentPodHash)
  return {
    at: Date.now(),
    commit,
    applications: readApplications(applications),
    ...(rollout && { rollout }),
    ...(analysis && { analysis }),
    weights: readWeights(virtualServices),
    graph: await trafficGraph(kubernetes, rollout),
  }
}

/**
 * Looks once a second until the signal ends it.
 * @param onProblem is told why a look failed; the next comes all the same
 */
export async function* deliveries(
  kubernetes: Kubernetes,
  signal: AbortSignal,
  onProblem: (why: string) => void,
): AsyncGenerator<Delivery> {
  while (!signal.aborted) {
    const delivery = await look(kubernetes).catch((error: Error) => onProblem(error.message))
    if (delivery) yield delivery
    await delay(1000, undefined, { signal }).catch(() => undefined)
  }
}
