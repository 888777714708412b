/** Argo Rollouts as a user steers it, and what it has done to the weights. */
import { reasons, rollout, weights } from '../../clusters/health.ts'
import { tool } from '../../clusters/tools.ts'
import { until } from '../../clusters/wait.ts'

/** `kubectl argo rollouts promote|abort|retry … web-api` */
export async function argoRollouts(...args: string[]): Promise<string> {
  return String((await tool('kubectl', ['argo', 'rollouts', ...args, 'web-api'])).stdout)
}

/** Waits until the gateway's weights are these, e.g. `{ stable: 80, canary: 20 }`. */
export async function weightsAre(wanted: Record<string, number>): Promise<void> {
  const reached = async () => {
    const found = Object.fromEntries((await weights()).map(({ subset, weight }) => [subset, weight]))
    return JSON.stringify(found) === JSON.stringify(wanted)
  }
  await until(`weights ${JSON.stringify(wanted)}`, reached, { seconds: 90, why: reasons, intervalMs: 100 })
}

/** Waits until the rollout has come to this phase: Healthy, Paused or Degraded. */
export async function rolloutIs(phase: string): Promise<void> {
  await until(`web-api to be ${phase}`, async () => (await rollout())?.phase === phase, { seconds: 120, why: reasons })
}

/** Waits until web-api is Healthy. Going back to an earlier version is a rollout too, so it is promoted. */
export async function finishRollout(): Promise<void> {
  await argoRollouts('promote', '--full').catch(() => {})
  await rolloutIs('Healthy')
}
