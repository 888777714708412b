/** Reads from the API server with the user's kubeconfig: through `kubectl proxy` on a socket that only this user can open. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { tool } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'

export interface Kubernetes {
  /** @throws {Error} with the API server's own words */
  get<T>(path: string): Promise<T>
  close(): Promise<void>
}

export async function connect(): Promise<Kubernetes> {
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'))
  const socketPath = join(folder, 'socket')
  const proxy = tool('kubectl', ['proxy', `--unix-socket=${socketPath}`], { reject: false })
  const pool = new Pool('http://localhost', { socketPath, connections: 4, bodyTimeout: 5000, headersTimeout: 5000 })
  const get = async <T>(path: string): Promise<T> => {
    const { statusCode, body } = await pool.request({ path, method: 'GET' })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(messageOf(text) || `the API server answers ${statusCode}`)
    return JSON.parse(text) as T
  }
  const close = async () => {
    await pool.destroy()
    proxy.kill()
    await proxy
    await rm(folder, { recursive: true, force: true })
  }
  const answers = () => get('/version').then(Boolean, () => false)
  await until('kubectl proxy', answers, { seconds: 20, intervalMs: 100, why: async () => '' }).catch(async (error) => {
    await close()
    throw error
  })
  return { get, close }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? ''
  } catch {
    return text.trim()
  }
}
