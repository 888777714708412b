/** Reads the state of the whole delivery, again and again: git, Argo CD, Argo Rollouts, Istio, Prometheus. */
import { setTimeout as delay } from 'node:timers/promises'
import type { IAnalysisRun, IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { execa } from 'execa'
import type { ReplicaSet } from 'kubernetes-types/apps/v1.d.ts'
import { applications, storedAnalysis, storedRollout, virtualServices, weightsIn } from '../cli/health.ts'
import { folders, kubernetes, type Stored } from '../cli/kubernetes.ts'
import { paths } from '../cli/settings.ts'
import { trafficGraph } from './graph.ts'
import type { Analysis, Delivery, Rollout } from './types.ts'

/** Label of pods, ReplicaSets and AnalysisRuns of one version. */
export const hashLabel = 'rollouts-pod-template-hash'

/** The tag of an image; empty without one. */
export function versionOf(image = ''): string {
  return image.split(/[:@]/).at(-1) ?? ''
}

/** One step in words: its kind, and its value, duration or name. */
function stepInWords(step: object): string {
  const [kind = '', value] = Object.entries(step)[0] ?? []
  if (typeof value !== 'object' || value === null) return `${kind} ${value}`
  const { name, duration } = value as { name?: string; duration?: string | number }
  return [kind, duration ?? name].filter(Boolean).join(' ')
}

function readRollout({ spec, status }: IRollout, replicaSets: ReplicaSet[]): Rollout {
  const stable = replicaSets.find(({ metadata }) => metadata?.labels?.[hashLabel] === status?.stableRS)
  const canaryVersion = versionOf(spec.template?.spec?.containers[0]?.image)
  const steps = spec.strategy?.canary?.steps ?? []
  return {
    phase: status?.phase ?? 'Unknown',
    message: status?.message ?? '',
    steps: steps.map(stepInWords),
    step: status?.currentStepIndex ?? steps.length,
    aborted: status?.abort ?? false,
    stableVersion: stable ? versionOf(stable.spec?.template?.spec?.containers[0]?.image) : canaryVersion,
    canaryVersion,
  }
}

function readAnalysis({ metadata, status }: Stored<IAnalysisRun>): Analysis {
  return {
    name: metadata.name,
    phase: status?.phase ?? 'Pending',
    message: status?.message ?? '',
    metrics: (status?.metricResults ?? []).map((result) => ({
      name: result.name,
      phase: result.phase,
      successful: result.successful ?? 0,
      failed: result.failed ?? 0,
      inconclusive: result.inconclusive ?? 0,
      error: result.error ?? 0,
      measurements: (result.measurements ?? []).slice(-10).map(({ phase, value = '' }) => ({ phase, value })),
    })),
  }
}

/** Newest commit of the local remote; empty when Argo CD reads another repository. */
async function newestCommit(): Promise<Delivery['commit']> {
  const log = ['--git-dir', paths.git, 'log', '-1', '--format=%H%x09%s', 'main']
  const { stdout } = await execa('git', log, { reject: false })
  const [hash = '', subject = ''] = stdout.split('\t')
  return { hash, subject }
}

async function look(): Promise<Delivery> {
  const [commit, apps, stored, replicaSets, routes] = await Promise.all([
    newestCommit(),
    applications(),
    storedRollout(),
    kubernetes.list<ReplicaSet>(`${folders.apps}/replicasets?labelSelector=app%3Dweb-api`),
    virtualServices(),
  ])
  const rollout = stored && readRollout(stored, replicaSets)
  const analysis = stored && (await storedAnalysis(stored))
  return {
    at: Date.now(),
    commit,
    applications: apps,
    ...(rollout && { rollout }),
    ...(analysis && { analysis: readAnalysis(analysis) }),
    weights: weightsIn(routes),
    graph: await trafficGraph(rollout, routes),
  }
}

/**
 * Yields the state once a second until the signal ends it.
 * @param onProblem gets the reason when a read fails; the reads go on
 */
export async function* deliveries(signal: AbortSignal, onProblem: (why: string) => void): AsyncGenerator<Delivery> {
  while (!signal.aborted) {
    const delivery = await look().catch((error: Error) => onProblem(error.message))
    if (delivery) yield delivery
    await delay(1000, undefined, { signal }).catch(() => undefined)
  }
}
