/** Controls Argo Rollouts as users do, and reads the weights. */
import type { IAnalysisRun, IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { reasons, rollout, weights } from '../../cli/health.ts'
import { kubectl, kubectlJson, tool } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'

/** `kubectl argo rollouts promote|abort|retry … web-api` */
export async function argoRollouts(...args: string[]): Promise<string> {
  return String((await tool('kubectl', ['argo', 'rollouts', ...args, 'web-api'])).stdout)
}

/** Waits until the weights of a route, by default of reads of web-api, are these, such as `{ stable: 80, canary: 20 }`. */
export async function weightsAre(wanted: Record<string, number>, route?: string): Promise<void> {
  const reached = async () => {
    const found = Object.fromEntries((await weights(route)).map(({ subset, weight }) => [subset, weight]))
    return JSON.stringify(found) === JSON.stringify(wanted)
  }
  await until(`weights ${JSON.stringify(wanted)}`, reached, { seconds: 90, why: reasons, intervalMs: 100 })
}

/** Waits until the rollout has this phase: Healthy, Paused or Degraded. */
export async function rolloutIs(phase: string, service = 'web-api'): Promise<void> {
  const reached = async () => (await rollout(service))?.phase === phase
  await until(`${service} to be ${phase}`, reached, { seconds: 120, why: reasons })
}

/** Waits until web-api is Healthy. Promotes first, because a return to an earlier version is a rollout too. */
export async function finishRollout(): Promise<void> {
  await argoRollouts('promote', '--full').catch(() => {})
  await rolloutIs('Healthy')
}

/** The measurements of the current rollout's analysis so far; Argo Rollouts keeps those of earlier ones too. */
export async function measured() {
  const { metadata, status } = await kubectlJson<IRollout>(['get', 'rollout', 'web-api'])
  const name = `web-api-${status?.currentPodHash}-${metadata?.annotations?.['rollout.argoproj.io/revision']}`
  const run = await kubectl(['get', 'analysisrun', name, '--ignore-not-found', '--output=json'])
  return (run && (JSON.parse(run) as IAnalysisRun).status?.metricResults) || []
}

/** Waits until each metric of that analysis has at least that many measurements of that kind. */
export const allMeasured = (what: 'successful' | 'inconclusive', least: number) =>
  until(
    `${least} measurements that are ${what}`,
    async () => {
      const results = await measured()
      return results.length === 2 && results.every((result) => (result[what] ?? 0) >= least)
    },
    { seconds: 90, why: reasons },
  )
