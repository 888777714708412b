/**
 * What the user may choose by environment variables, and where everything is kept.
 *
 * All state of the running system lives in `.cluster/` in the clone; what is built once and shared by clones lives in
 * the user's cache directory. `npm run delete` removes the first and leaves the second.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from './errors.ts'

const port = z.coerce.number().int().min(1).max(65535)

const imageSources = ['pulled', 'built'] as const
/** Where the images of the system come from: the projects' registries, or this machine's own builds. */
export type ImageSource = (typeof imageSources)[number]

const environment = z.object({
  CLUSTER: z
    .undefined('the local cluster is always Minikube now; IMAGES=pulled or IMAGES=built is what is left to choose')
    .optional(),
  IMAGES: z.enum(imageSources).optional(),
  WEB_PORT: port.optional(),
  ARGOCD_PORT: port.optional(),
  DASHBOARD_PORT: port.default(8082),
  REPO_URL: z.string().min(1).optional(),
})

/** @throws {UserError} one line that names every variable with a bad value */
export function readEnvironment(): z.infer<typeof environment> {
  const result = environment.safeParse(process.env)
  if (result.success) return result.data
  const mistakes = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new UserError(`the environment is not usable: ${mistakes.join('; ')}`)
}

/** The clone. */
export const root = resolve(import.meta.dirname, '..')
/** State of this clone's cluster. */
export const state = join(root, '.cluster')
/** An empty or relative XDG_CACHE_HOME counts as not set (XDG Base Directory Specification). */
const xdgCache = process.env.XDG_CACHE_HOME ?? ''
/** What was built, for every clone. */
export const cache = join(isAbsolute(xdgCache) ? xdgCache : join(homedir(), '.cache'), 'cloud-native-canary')

export const paths = {
  kubeconfig: join(state, 'kubeconfig'),
  bin: join(state, 'bin'),
  kubectlCache: join(state, 'kube-cache'),
  git: join(state, 'git'),
  logs: join(state, 'logs'),
  run: join(state, 'run'),
}

/** What Minikube syncs, and what it is made with. */
export const clusterFolder = 'clusters/minikube'

/** The namespace of the four services, and the kubeconfig's default. */
export const namespace = 'cloud-native-canary'

/** Minikube's name for this cluster. The node's container, its network and the kubeconfig's context have it too. */
export const profile = 'cloud-native-canary'

/** Ports on 127.0.0.1, by what answers there. */
export interface Ports {
  web: number
  argocd: number
}

/** What stays the same for the life of a cluster. */
export interface ClusterChoices {
  images: ImageSource
  ports: Ports
  /** This clone's start has made Minikube's home: there was none before. */
  ownsMinikubeHome: boolean
}

const choicesFile = join(paths.run, 'cluster.json')

/** The choices that this clone's cluster was started with; undefined when there is none. */
export function rememberedChoices(): ClusterChoices | undefined {
  return existsSync(choicesFile) ? (JSON.parse(readFileSync(choicesFile, 'utf8')) as ClusterChoices) : undefined
}

export function rememberChoices(choices: ClusterChoices): void {
  mkdirSync(paths.run, { recursive: true })
  writeFileSync(choicesFile, JSON.stringify(choices))
}

/** Those of this clone's cluster, else what the user says. */
export function ports(): Ports {
  const { WEB_PORT = 8080, ARGOCD_PORT = 8081 } = readEnvironment()
  return rememberedChoices()?.ports ?? { web: WEB_PORT, argocd: ARGOCD_PORT }
}
