/** What happened between two looks that people want to know, and the webhook that gets it. */
import type { Delivery, Notification } from './types.ts'

/** @param before the look before this one; without it nothing can have happened */
export function happened(before: Delivery | undefined, now: Delivery): Notification[] {
  if (!before) return []
  return [...ofApplications(before, now), ...ofRollout(before, now)].map((found) => ({ at: now.at, ...found }))
}

type Found = Omit<Notification, 'at'>

function ofApplications(before: Delivery, now: Delivery): Found[] {
  return now.applications.flatMap(({ name, sync, health, revision, message }): Found[] => {
    const earlier = before.applications.find((application) => application.name === name)
    // A commit that changes nothing of an Application is no news of it.
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
 * Sends notifications as JSON, one request each, and tries a second time. Nobody waits for it.
 * @param onProblem gets the reason when both attempts failed
 */
export function webhook(url: string, onProblem: (why: string) => void): (notification: Notification) => void {
  const post = async (notification: Notification) => {
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(5000)
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(notification), signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
  }
  return (notification) => {
    void post(notification)
      .catch(() => post(notification))
      .catch((error: Error) => onProblem(`WEBHOOK_URL ${url}: ${error.message}`))
  }
}
