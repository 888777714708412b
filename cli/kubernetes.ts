/**
 * A client of the cluster's API server, with the certificate or the token of the kubeconfig.
 *
 * It does not load @kubernetes/client-node, which would slow down every command and every push: importing 1.4.0, the
 * last release for Node 20, takes 0.9 to 1.7 s and 75 MB on two busy processors; importing this file takes 0.14 s and 8 MB.
 * The objects have published types, from kubernetes-types and @kubernetes-models. In these a timestamp is a
 * string, as in JSON; in client-node's types it is a `Date`, which only client-node's own parser makes.
 */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { dirname, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import { UserError } from './errors.ts'
import { namespace, paths } from './settings.ts'

/** Paths of the API by group; the lists of each kind are below them. */
export const folders = {
  core: `/api/v1/namespaces/${namespace}`,
  apps: `/apis/apps/v1/namespaces/${namespace}`,
  argoCd: '/apis/argoproj.io/v1alpha1/namespaces/argocd',
  argoRollouts: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}`,
  /** @kubernetes-models/istio for Node 20 has the types of v1beta1; those of v1 are the same. */
  istio: `/apis/networking.istio.io/v1/namespaces/${namespace}`,
}

/** An object from the API server: it has these fields, which the published types declare as optional. */
export type Stored<T> = T & { metadata: { name: string; namespace: string; creationTimestamp: string } }

/** An error response of the API server. */
export class ApiError extends UserError {
  override name = 'ApiError'
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

interface Connection {
  server: string
  agent: Agent
  headers: Record<string, string>
}

/** Reads a kubeconfig. It contains the certificates, or the paths of their files relative to its folder. */
function connect(kubeconfig: string, content: string): Connection {
  const config = parse(content)
  const named = (kind: string, wanted: string) =>
    config[`${kind}s`].find(({ name }: { name: string }) => name === wanted)[kind]
  const context = named('context', config['current-context'])
  const cluster = named('cluster', context.cluster)
  const user = named('user', context.user)
  const certificate = (of: Record<string, string>, field: string) => {
    const [data, file] = [of[`${field}-data`], of[field]]
    if (data) return Buffer.from(data, 'base64')
    return file && readFileSync(resolve(dirname(kubeconfig), file))
  }
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    ca: certificate(cluster, 'certificate-authority'),
    cert: certificate(user, 'client-certificate'),
    key: certificate(user, 'client-key'),
  })
  return { server: cluster.server, agent, headers: user.token ? { authorization: `Bearer ${user.token}` } : {} }
}

interface Options {
  /** Time-out. */
  seconds?: number
  /** Set for a PATCH. */
  contentType?: string
  body?: object
}

/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply */
const applyPatch = 'application/apply-patch+yaml'

/** For requests to which the API server returns status 429 (Too Many Requests). */
const mostAttempts = 10

interface Answer {
  status: number
  /** Warnings of the API server about a request that it accepts. */
  warnings: string[]
  body: string
}

/** The text of a header such as `299 - "it would violate \"restricted\""` (RFC 7234, section 5.5). */
function warningOf(header: string): string {
  return header.replaceAll(/^\d+ \S+ "|"$/g, '').replaceAll(/\\(.)/g, '$1')
}

/** The API server's error message, which is JSON or plain text. */
function messageOf({ status, body }: Answer): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? `HTTP ${status}`
  } catch {
    return body.trim() || `HTTP ${status}`
  }
}

/** A client. All methods except `isReady` throw a {@link UserError} when the API server does not answer. */
export class Kubernetes {
  private readonly kubeconfig: string
  private content = ''
  private connected: Connection | undefined

  /** @param kubeconfig the file, which need not exist yet */
  constructor(kubeconfig: string) {
    this.kubeconfig = kubeconfig
  }

  /** Reads the file each time, because a start of the node may change the address and the certificates. */
  private connection(): Connection {
    const content = readFileSync(this.kubeconfig, 'utf8')
    if (!this.connected || content !== this.content) this.connected = connect(this.kubeconfig, content)
    this.content = content
    return this.connected
  }

  private async send(path: string, { seconds = 10, contentType, body }: Options = {}): Promise<Answer> {
    const signal = AbortSignal.timeout(seconds * 1000)
    try {
      const { server, agent, headers } = this.connection()
      const options = contentType
        ? { method: 'PATCH', headers: { ...headers, 'content-type': contentType } }
        : { headers }
      return await new Promise<Answer>((resolve, reject) => {
        const sent = request(`${server}${path}`, { ...options, agent, signal }, (answer) => {
          const warnings = answer.headersDistinct.warning?.map(warningOf) ?? []
          text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, warnings, body }), reject)
        })
        sent.on('error', reject).end(body && JSON.stringify(body))
      })
    } catch (error) {
      const reason = signal.aborted ? `no response within ${seconds} s` : (error as Error).message
      throw new UserError(`the cluster does not answer (${reason}); start it with: npm start`)
    }
  }

  /** Retries once a second while the API server returns status 429, as it does after its start. */
  private async patiently(path: string, options?: Options): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.send(path, options)
      if (answer.status !== 429 || attempt === mostAttempts) return answer
      await delay(1000)
    }
  }

  private async checked(path: string, options?: Options): Promise<string> {
    const answer = await this.patiently(path, options)
    if (answer.status < 400) return answer.body
    const text = `the API server returned status ${answer.status} for ${path.split('?')[0]}: ${messageOf(answer)}`
    throw new ApiError(text, answer.status)
  }

  /** @throws {ApiError} */
  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.checked(path)) as T
  }

  /** Whether the API server has an object at that path. @throws {ApiError} */
  async has(path: string): Promise<boolean> {
    try {
      await this.checked(path)
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      throw error
    }
  }

  /** @throws {ApiError} */
  async list<T>(path: string): Promise<Stored<T>[]> {
    return (await this.get<{ items: Stored<T>[] }>(path)).items
  }

  /**
   * Merges fields into an object.
   * @throws {ApiError}
   */
  async patch(path: string, fields: object): Promise<void> {
    await this.checked(path, { contentType: 'application/merge-patch+json', body: fields })
  }

  /**
   * Creates an object, or sets its fields and removes those that an earlier apply set (server-side apply).
   * @throws {ApiError}
   */
  async apply(path: string, object: object): Promise<void> {
    await this.checked(`${path}?fieldManager=npm-start&force=true`, { contentType: applyPatch, body: object })
  }

  /** Checks whether the API server would accept an object, by the dry run of a server-side apply. */
  async dryRun(path: string, object: object): Promise<{ refusal?: string; warnings: string[] }> {
    const query = 'dryRun=All&fieldValidation=Strict&fieldManager=check&force=true'
    // Each admission webhook may take 10 s.
    const options = { contentType: applyPatch, body: object, seconds: 30 }
    const answer = await this.patiently(`${path}?${query}`, options)
    return { warnings: answer.warnings, ...(answer.status >= 300 && { refusal: messageOf(answer) }) }
  }

  /** Whether the API server is ready; takes at most 4 s, so that the hook rejects a push within 5 s. */
  isReady(): Promise<boolean> {
    return this.send('/readyz', { seconds: 4 }).then(
      ({ status }) => status === 200,
      () => false,
    )
  }
}

/** This clone's cluster. */
export const kubernetes = new Kubernetes(paths.kubeconfig)
