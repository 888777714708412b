/** The actions behind the buttons: those of `argocd app sync`, `kubectl argo rollouts` and `npm run rollback`. */
import { createPatch, OMIT_HEADERS } from 'diff'
import { stringify } from 'yaml'
import { rollback } from '../cli/cmd/rollback.ts'
import { ports } from '../cli/settings.ts'
import { argoCdPassword } from '../cli/system.ts'
import { tool } from '../cli/tools.ts'

export const rolloutActions = ['promote', 'abort', 'retry', 'rollback'] as const
export type RolloutAction = (typeof rolloutActions)[number]

export interface Actions {
  /** @throws {Error} with Argo CD's message */
  sync(application: string): Promise<void>
  /** The changes that a sync would make, as a unified diff of YAML; empty when there are none. */
  diff(application: string): Promise<string>
  /** @throws {Error} with the plugin's message */
  steer(action: RolloutAction): Promise<void>
}

async function argoCd<T>(method: 'GET' | 'POST', path: string, body?: object, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const content = body ? JSON.stringify(body) : null
  const answer = await fetch(`http://127.0.0.1:${ports().argocd}/api/v1/${path}`, { method, headers, body: content })
  const found = (await answer.json()) as T & { message?: string }
  if (!answer.ok) throw new Error(`Argo CD: ${found.message ?? answer.status}`)
  return found
}

/** Returns a token that is valid for a day. Each action uses a new one, so none needs a renewal. */
async function logIn(): Promise<string> {
  const credentials = { username: 'admin', password: await argoCdPassword() }
  return (await argoCd<{ token: string }>('POST', 'session', credentials)).token
}

interface ManagedResource {
  kind: string
  name: string
  normalizedLiveState?: string
  predictedLiveState?: string
}

/** An object as YAML, without the fields that the API server adds. */
function readable(state: string | undefined): string {
  const object = JSON.parse(state || 'null') as { metadata?: { managedFields?: unknown }; status?: unknown } | null
  if (!object) return ''
  delete object.metadata?.managedFields
  delete object.status
  return stringify(object)
}

export const actions: Actions = {
  async sync(application) {
    await argoCd('POST', `applications/${encodeURIComponent(application)}/sync`, {}, await logIn())
  },

  async diff(application) {
    const path = `applications/${encodeURIComponent(application)}/managed-resources`
    const { items = [] } = await argoCd<{ items?: ManagedResource[] }>('GET', path, undefined, await logIn())
    const diffs = items.flatMap(({ kind, name, normalizedLiveState, predictedLiveState }) => {
      const [live, wanted] = [readable(normalizedLiveState), readable(predictedLiveState)]
      const options = { context: 3, headerOptions: OMIT_HEADERS }
      if (live === wanted) return []
      return [`${kind}/${name}\n${createPatch('', live, wanted, undefined, undefined, options)}`]
    })
    return diffs.join('\n')
  },

  async steer(action) {
    if (action === 'rollback') return void (await rollback())
    // Only retry needs to know the kind, because it can retry experiments too.
    const what = action === 'retry' ? ['rollout', 'web-api'] : ['web-api']
    const { exitCode, stderr } = await tool('kubectl', ['argo', 'rollouts', action, ...what], { reject: false })
    if (exitCode !== 0) throw new Error(String(stderr).trim())
  },
}
