/** Common code of `npm run dashboard` and `npm run watch`: reads the delivery and finds the events. */
import { z } from 'zod'
import { rollback } from '../cli/cmd/rollback.ts'
import { UserError } from '../cli/errors.ts'
import { deliveries } from './delivery.ts'
import { happened, webhook } from './notifications.ts'
import type { Delivery, Notification } from './types.ts'

export interface View {
  delivery?: Delivery
  /** The latest twenty, oldest first. */
  notifications: Notification[]
  /** Why the delivery is not current, for example because the cluster does not answer. */
  problem: string
}

function readWebhook(): string | undefined {
  const { data, success } = z.url().optional().safeParse(process.env.WEBHOOK_URL)
  if (!success) throw new UserError('WEBHOOK_URL is not a URL: give one such as http://127.0.0.1:9000/hook')
  return data
}

/** An AbortSignal that SIGINT or SIGTERM aborts. */
export function untilSignal(): AbortSignal {
  const ended = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort())
  return ended.signal
}

/** Whether the analysis, and not a person, has just aborted the release: a person may have other plans. */
function isSentBack(news: Notification[], { analysis }: Delivery): boolean {
  return news.some(({ event }) => event === 'aborted') && analysis?.phase === 'Failed'
}

/**
 * Calls `show` with each new view until the signal ends it.
 * @param rollsBack rolls back in git when the analysis aborts a release; see cli/cmd/rollback.ts
 * @throws {UserError} when WEBHOOK_URL is not a URL
 */
export async function observe(signal: AbortSignal, rollsBack: boolean, show: (view: View) => void): Promise<void> {
  const url = readWebhook()
  const view: View = { notifications: [], problem: '' }
  const onProblem = (problem: string) => {
    view.problem = problem
    show(view)
  }
  const notify = url ? webhook(url, onProblem) : () => {}
  for await (const delivery of deliveries(signal, onProblem)) {
    const news = happened(view.delivery, delivery)
    if (rollsBack && isSentBack(news, delivery)) {
      const text = await rollback(delivery.rollout?.stableVersion).catch((error: Error) => error.message)
      news.push({ at: Date.now(), event: 'rolled back', text })
    }
    news.forEach(notify)
    Object.assign(view, { delivery, notifications: [...view.notifications, ...news].slice(-20), problem: '' })
    show(view)
  }
}
