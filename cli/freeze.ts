/** A freeze: while there is one, the remote `cluster` rejects pushes that change what runs. The cluster keeps it, through a stop. */
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import { kubernetes } from './kubernetes.ts'
import { kubectl } from './tools.ts'

export interface Freeze {
  by: string
  /** ISO 8601. */
  since: string
  reason: string
}

/** Option of `git push` that the remote accepts in spite of a freeze. */
export const allowFreeze = 'allow=freeze'

/** Undefined when nothing is frozen. */
export async function readFreeze(): Promise<Freeze | undefined> {
  const [found] = await kubernetes.list<ConfigMap>(
    '/api/v1/namespaces/argocd/configmaps?fieldSelector=metadata.name%3Dfreeze',
  )
  return found?.data as Freeze | undefined
}

export async function createFreeze(freeze: Freeze): Promise<void> {
  const data = Object.entries(freeze).map(([name, value]) => `--from-literal=${name}=${value}`)
  await kubectl(['create', 'configmap', 'freeze', '--namespace=argocd', ...data])
}

export async function deleteFreeze(): Promise<void> {
  await kubectl(['delete', 'configmap', 'freeze', '--namespace=argocd'])
}

/** "frozen by Ada since 2026-11-27 14:05 UTC: demo at three" */
export function freezeText({ by, since, reason }: Freeze): string {
  return `frozen by ${by} since ${since.slice(0, 16).replace('T', ' ')} UTC: ${reason}`
}
