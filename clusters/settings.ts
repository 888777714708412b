/**
 * What the user may choose, from the environment, and where everything is kept.
 *
 * All state of the running system lives in `.cluster/` in the clone; what is built once and shared by clones lives in
 * the user's cache directory. `npm run delete` removes the first and leaves the second.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { fail, UserError } from './errors.ts'

const port = z.coerce.number().int().min(1).max(65535)

const environment = z.object({
  CLUSTER: z.enum(['minikube', 'embedded']).optional(),
  WEB_PORT: port.optional(),
  ARGOCD_PORT: port.optional(),
  API_PORT: port.optional(),
  DASHBOARD_PORT: port.default(8082),
  REPO_URL: z.string().min(1).optional(),
  XDG_CACHE_HOME: z.string().default(''),
})

/** Ports on 127.0.0.1, by what answers there. */
export interface Ports {
  web: number
  argocd: number
  api: number
}

function readEnvironment(): z.infer<typeof environment> {
  const result = environment.safeParse(process.env)
  if (result.success) return result.data
  const mistakes = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  // Read while modules load, before any command could catch it.
  return fail(new UserError(`the environment is not usable: ${mistakes.join('; ')}`))
}

const env = readEnvironment()

/** Port on 127.0.0.1 of `npm run dashboard`. */
export const dashboardPort = env.DASHBOARD_PORT
/** Where Argo CD reads from instead of the local remote, e.g. a fork. */
export const repoUrl = env.REPO_URL

/** The clone. */
export const root = resolve(import.meta.dirname, '..')
/** State of this clone's cluster. */
export const state = join(root, '.cluster')
/** What was built, for every clone. Empty or relative, the variable counts as not set (XDG Base Directory Specification). */
const cacheHome = isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), '.cache')
export const cache = join(cacheHome, 'cloud-native-canary')

export const paths = {
  kubeconfig: join(state, 'kubeconfig'),
  bin: join(state, 'bin'),
  git: join(state, 'git'),
  logs: join(state, 'logs'),
  run: join(state, 'run'),
  upstream: join(state, 'upstream'),
}

/** Has the ports that this clone's cluster was last started with. */
const portsFile = join(paths.run, 'ports.json')

const started: Partial<Ports> = existsSync(portsFile) ? JSON.parse(readFileSync(portsFile, 'utf8')) : {}

/** What the user says, else those of the last start, so that every command knows where the cluster answers. */
export const ports: Ports = {
  web: env.WEB_PORT ?? started.web ?? 8080,
  argocd: env.ARGOCD_PORT ?? started.argocd ?? 8081,
  api: env.API_PORT ?? started.api ?? 6443,
}

/** Which kind of cluster this clone has, once it has been started. */
const kindFile = join(state, 'kind')

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

/** What the user says, else what this clone has already, else Minikube where it and Docker are installed. */
function chooseKind(): 'minikube' | 'embedded' {
  const present = existsSync(kindFile) ? (readFileSync(kindFile, 'utf8') as 'minikube' | 'embedded') : undefined
  if (present && env.CLUSTER && present !== env.CLUSTER)
    fail(new UserError(`CLUSTER: this clone has a cluster of kind ${present}; end it first, with: npm run delete`))
  return present ?? env.CLUSTER ?? (isInstalled('minikube') && isInstalled('docker') ? 'minikube' : 'embedded')
}

export const kind = chooseKind()

/** For the commands that follow a start: which kind of cluster it was, and on which ports. */
export function rememberStart(): void {
  mkdirSync(paths.run, { recursive: true })
  writeFileSync(kindFile, kind)
  writeFileSync(portsFile, JSON.stringify(ports))
}

/** What this kind of cluster syncs, and with what it is made. */
export const clusterFolder = join(root, 'clusters', kind)

/** The namespace of the four services, and the kubeconfig's default. */
export const namespace = 'cloud-native-canary'
