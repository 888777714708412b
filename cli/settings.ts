/**
 * Settings that users choose by environment variables, and the folders of the state.
 *
 * All state of the running system is in `.cluster/` in the clone; programs and images that clones share are in the user's
 * cache directory. `npm run delete` deletes the first and keeps the second.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from './errors.ts'

const port = z.coerce.number().int().min(1).max(65535)

const imageSources = ['pulled', 'built'] as const
/** The source of the system's images: the projects' registries, or builds on this machine. */
export type ImageSource = (typeof imageSources)[number]

const environment = z.object({
  CLUSTER: z.undefined('unset it: the local cluster is always Minikube; use IMAGES=pulled or IMAGES=built').optional(),
  IMAGES: z.enum(imageSources).optional(),
  WEB_PORT: port.optional(),
  ARGOCD_PORT: port.optional(),
  DASHBOARD_PORT: port.default(8082),
  LISTEN: z
    .union([z.ipv4(), z.ipv6()], 'it must be an address of this machine, such as 192.168.1.5')
    .refine((address) => !/^[0.:]+$/.test(address), 'it must be one address: this one stands for every network')
    .optional(),
  ROOM_PORT: port.default(8083),
  REPO_URL: z.string().min(1).optional(),
})

/** @throws {UserError} one line that names every variable with an invalid value */
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
/** An empty or relative XDG_CACHE_HOME counts as unset (XDG Base Directory Specification). */
const xdgCache = process.env.XDG_CACHE_HOME ?? ''
/** The cache of built programs and images, which all clones share. */
export const cache = join(isAbsolute(xdgCache) ? xdgCache : join(homedir(), '.cache'), 'cloud-native-canary')

export const paths = {
  kubeconfig: join(state, 'kubeconfig'),
  bin: join(state, 'bin'),
  kubectlCache: join(state, 'kube-cache'),
  git: join(state, 'git'),
  logs: join(state, 'logs'),
  run: join(state, 'run'),
}

/** The folder that Argo CD syncs on Minikube. */
export const clusterFolder = 'clusters/minikube'

/** What npm start installs on Minikube before Argo CD syncs anything. */
export const bootstrapFolder = `${clusterFolder}/bootstrap`

/** The namespace of the four services, and the kubeconfig's default. */
export const namespace = 'cloud-native-canary'

/** Minikube's name of this cluster, and the name of the node's container, its network and the kubeconfig's context. */
export const profile = 'cloud-native-canary'

/** Ports on 127.0.0.1. */
export interface Ports {
  web: number
  argocd: number
}

/** Choices that are fixed for the life of a cluster. */
export interface ClusterChoices {
  images: ImageSource
  ports: Ports
  /** Whether `npm start` in this clone created Minikube's home. */
  ownsMinikubeHome: boolean
}

const choicesFile = join(paths.run, 'cluster.json')

/** The choices of this clone's cluster; undefined when there is no cluster. */
export function rememberedChoices(): ClusterChoices | undefined {
  return existsSync(choicesFile) ? (JSON.parse(readFileSync(choicesFile, 'utf8')) as ClusterChoices) : undefined
}

export function rememberChoices(choices: ClusterChoices): void {
  mkdirSync(paths.run, { recursive: true })
  writeFileSync(choicesFile, JSON.stringify(choices))
}

/** The ports of this clone's cluster, else the user's choice. */
export function ports(): Ports {
  const { WEB_PORT = 8080, ARGOCD_PORT = 8081 } = readEnvironment()
  return rememberedChoices()?.ports ?? { web: WEB_PORT, argocd: ARGOCD_PORT }
}
