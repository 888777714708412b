/** What a person does by a button: the same as `argocd app sync`, `kubectl argo rollouts` and `npm run rollback` do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { rollback } from '../cli/cmd/rollback.ts'
import { ports } from '../cli/settings.ts'
import { argoCdPassword } from '../cli/system.ts'
import { tool } from '../cli/tools.ts'

export const rolloutActions = ['promote', 'abort', 'retry', 'rollback'] as const
export type RolloutAction = (typeof rolloutActions)[number]

export interface Actions {
  /** @throws {Error} with Argo CD's own words */
  sync(application: string): Promise<void>
  /** What a sync would change, as a unified diff of YAML; empty when it is nothing. */
  diff(application: string): Promise<string>
  /** @throws {Error} with the plugin's own words */
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

/** A token is valid for a day; one for each action needs no renewal. */
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

/** An object as people read it, without what the API server adds. */
function readable(state: string | undefined): string {
  const object = JSON.parse(state || 'null') as { metadata?: { managedFields?: unknown }; status?: unknown } | null
  if (!object) return ''
  delete object.metadata?.managedFields
  delete object.status
  return stringify(object)
}

async function unifiedDiff(name: string, live: string, wanted: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'diff-'))
  try {
    await Promise.all([writeFile(join(folder, 'live'), live), writeFile(join(folder, 'git'), wanted)])
    const { stdout } = await execa('git', ['diff', '--no-index', 'live', 'git'], { cwd: folder, reject: false })
    return `${name}\n${stdout.split('\n').slice(4).join('\n')}`
  } finally {
    await rm(folder, { recursive: true })
  }
}

export const actions: Actions = {
  async sync(application) {
    await argoCd('POST', `applications/${encodeURIComponent(application)}/sync`, {}, await logIn())
  },

  async diff(application) {
    const path = `applications/${encodeURIComponent(application)}/managed-resources`
    const { items = [] } = await argoCd<{ items?: ManagedResource[] }>('GET', path, undefined, await logIn())
    const differing = items
      .map(({ kind, name, normalizedLiveState, predictedLiveState }) => ({
        name: `${kind}/${name}`,
        live: readable(normalizedLiveState),
        wanted: readable(predictedLiveState),
      }))
      .filter(({ live, wanted }) => live !== wanted)
    return (await Promise.all(differing.map(({ name, live, wanted }) => unifiedDiff(name, live, wanted)))).join('\n')
  },

  async steer(action) {
    if (action === 'rollback') return void (await rollback())
    // Experiments can be retried, too: this one command asks which of the two.
    const what = action === 'retry' ? ['rollout', 'web-api'] : ['web-api']
    const { exitCode, stderr } = await tool('kubectl', ['argo', 'rollouts', action, ...what], { reject: false })
    if (exitCode !== 0) throw new Error(String(stderr).trim())
  },
}
