/** Events between two reads of the delivery, and the webhook that receives them. */
import type { Delivery, Notification } from './types.ts'

/** @param before the previous read; without one there are no events */
export function happened(before: Delivery | undefined, now: Delivery): Notification[] {
  if (!before) return []
  return [...ofApplications(before, now), ...ofRollout(before, now)].map((found) => ({ at: now.at, ...found }))
}

type Found = Omit<Notification, 'at'>

function ofApplications(before: Delivery, now: Delivery): Found[] {
  return now.applications.flatMap(({ name, sync, health, revision, message }): Found[] => {
    const earlier = before.applications.find((application) => application.name === name)
    // A commit that does not change the Application is no event.
    const isSynced = sync === 'Synced' && earlier !== undefined && earlier.sync !== 'Synced'
    const isDegraded = health === 'Degraded' && earlier?.health !== 'Degraded'
    return [
      ...(isSynced ? [{ event: 'synced' as const, text: `${name} at ${revision.slice(0, 7)}` }] : []),
      ...(isDegraded ? [{ event: 'degraded' as const, text: [name, message].filter(Boolean).join(': ') }] : []),
    ]
  })
}

function ofRollout({ rollout: before }: Delivery, { rollout: now }: Delivery): Found[] {
  if (!before || !now) return []
  if (now.aborted && !before.aborted)
    return [{ event: 'aborted', text: `web-api ${now.canaryVersion}: ${now.message}` }]
  if (now.stableVersion !== before.stableVersion)
    return [{ event: 'promoted', text: `web-api ${now.stableVersion}, after ${before.stableVersion}` }]
  return []
}

/**
 * Sends each notification as JSON in the background, and retries once.
 * @param onProblem gets the reason when both attempts fail
 */
export function webhook(url: string, onProblem: (why: string) => void): (notification: Notification) => void {
  const post = async (notification: Notification) => {
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(5000)
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(notification), signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`it returned status ${answer.status}`)
  }
  return (notification) => {
    void post(notification)
      .catch(() => post(notification))
      .catch((error: Error) => onProblem(`WEBHOOK_URL ${url}: ${error.message}`))
  }
}
