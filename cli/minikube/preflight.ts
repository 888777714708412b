/** Plans a start: its changes to the machine, and the problems that prevent it. Changes nothing itself. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { canInstall, missingPackages, outputOf } from '../debian.ts'
import { type Choice, chooseImages, imagesOf } from '../images/source.ts'
import { enabledOptions, type Option, optionsFile } from '../options.ts'
import { cache, type Ports, ports, profile, readEnvironment, rememberedChoices, root, state } from '../settings.ts'
import { type EngineInfo, engineInfo, hasInitSystem, usesOwnEngine } from './docker.ts'
import { containerState, gitFolder, minikubeHome, size } from './minikube.ts'
import { portProblems } from './ports.ts'

/** How the engine runs: started by the user, by the machine's init system for us, or by `npm start`. */
export type Engine = 'users' | 'service' | 'own'

export interface Plan {
  choice: Choice
  engine: Engine
  /** Debian packages to install. */
  packages: string[]
  /** The options that the commit for the cluster enables. */
  enabled: Option[]
}

/** The user's engine if it answers, else one that `npm start` can start; undefined when it cannot start any. */
function chooseEngine(info: EngineInfo | undefined): Engine | undefined {
  if (usesOwnEngine()) return 'own'
  if (info) return 'users'
  if (!canInstall()) return undefined
  return hasInitSystem() ? 'service' : 'own'
}

function engineProblems(info: EngineInfo | undefined): string[] {
  if (!info) {
    if (chooseEngine(info)) return []
    return [
      'Docker does not answer: start it, and see that `docker info` works for you (on Debian and Ubuntu, sudo npm start installs it)',
    ]
  }
  const memory = info.MemTotal / 2 ** 30
  // An engine with 6 GB reports a little less.
  const isSmall = memory < size.memoryGb - 0.5
  return [
    ...(isSmall
      ? [
          `Docker has ${memory.toFixed(1)} GB of memory, but needs ${size.memoryGb} GB: give it more (Docker Desktop: Resources)`,
        ]
      : []),
    ...(info.NCPU < size.cpus ? [`Docker has ${info.NCPU} processor, but needs ${size.cpus}: give it more`] : []),
  ]
}

/** The clone that created the profile, whose repository the node mounts; "" when no clone did; undefined without a profile. */
function profileOwner(): string | undefined {
  const file = join(minikubeHome, 'profiles', profile, 'config.json')
  if (!existsSync(file)) return undefined
  const { ContainerVolumeMounts } = JSON.parse(readFileSync(file, 'utf8')) as { ContainerVolumeMounts?: string[] }
  const [repository, target] = ContainerVolumeMounts?.[0]?.split(':') ?? []
  return repository && target === gitFolder ? resolve(repository, '../..') : ''
}

/** The clone that created the profile, if that clone no longer exists. */
function goneOwner(): string | undefined {
  const owner = profileOwner()
  return owner && !existsSync(join(owner, 'cli')) ? owner : undefined
}

function profileProblem(): string[] {
  const owner = profileOwner()
  if (rememberedChoices() || owner === undefined || owner === root || goneOwner()) return []
  const remedy = owner
    ? `delete it in ${owner}, with: npm run delete`
    : `delete it with: minikube delete --profile=${profile}`
  return [`Minikube's profile ${profile} belongs to another clone or user: ${remedy}`]
}

/** A problem when the user chooses other ports, because Docker publishes ports only when it creates the node. */
function otherPorts(): string[] {
  const made = rememberedChoices()?.ports
  const { WEB_PORT, ARGOCD_PORT } = readEnvironment()
  const wanted: Ports | undefined = made && { web: WEB_PORT ?? made.web, argocd: ARGOCD_PORT ?? made.argocd }
  if (!made || isDeepStrictEqual(made, wanted)) return []
  return [
    `this cluster has WEB_PORT=${made.web} ARGOCD_PORT=${made.argocd}: use these, or delete it with: npm run delete`,
  ]
}

async function portsTaken(): Promise<string[]> {
  const state = (await containerState()) ?? ''
  // Our own node uses the ports, even when it is paused.
  return ['running', 'paused'].includes(state) ? [] : portProblems(ports())
}

/** Debian's packages of Docker: the engine, and the client where it is a separate package. */
async function dockerPackages(): Promise<string[]> {
  if (await outputOf('sh', ['-c', 'command -v dockerd && command -v docker'])) return []
  const hasClient = await outputOf('apt-cache', ['show', '--no-all-versions', 'docker-cli'])
  return ['docker.io', ...(hasClient ? ['docker-cli'] : [])]
}

/** Commands that show that the program of a package is installed, from any source. */
const programOf: Record<string, string[]> = {
  git: ['git', '--version'],
  'golang-go': ['go', 'version'],
  'python3-pip': ['python3', '-c', 'import pip'],
  'python3-venv': ['python3', '-c', 'import ensurepip'],
}

async function packagesToInstall(wanted: string[]): Promise<string[]> {
  const open = await Promise.all(
    wanted.map(async (name) => {
      const [command, ...args] = programOf[name] ?? []
      return command && (await outputOf(command, args)) !== undefined ? [] : [name]
    }),
  )
  return open.flat().length > 0 ? missingPackages(open.flat()) : []
}

async function wantedOptions(): Promise<Option[]> {
  const text = await outputOf('git', ['-C', root, 'show', `HEAD:${optionsFile}`])
  return text === undefined ? [] : enabledOptions(text)
}

/** @returns the plan, and a line for each problem that prevents the start */
export async function plan(): Promise<{ plan: Plan; problems: string[] }> {
  const [choice, info] = await Promise.all([chooseImages(), engineInfo()])
  const images = await imagesOf(choice.source)
  const engine = chooseEngine(info) ?? 'users'
  const [ofImages, ofPorts, enabled, ...packages] = await Promise.all([
    images.problems(),
    portsTaken(),
    wantedOptions(),
    canInstall() ? packagesToInstall(images.packages) : [],
    canInstall() && engine !== 'users' ? dockerPackages() : [],
  ])
  const problems = [...otherPorts(), ...engineProblems(info), ...ofImages, ...profileProblem(), ...ofPorts]
  return { plan: { choice, engine, packages: packages.flat(), enabled }, problems }
}

/** The plan as lines of text; the first is the source of the images. */
export function planText({ choice, engine, packages }: Plan): string[] {
  const images = `images: ${choice.source} (${choice.reason})`
  if (rememberedChoices()) return [images]
  const gone = goneOwner()
  const engines = {
    users: [],
    service: ["start Docker with this machine's init system"],
    own: [`run its own Docker engine, with its data in ${join(cache, 'docker')}`],
  }
  const changes = [
    ...(packages.length > 0 ? [`install the Debian packages ${packages.join(' ')}`] : []),
    ...engines[engine],
    ...(gone ? [`delete the Minikube profile ${profile}, whose clone ${gone} no longer exists`] : []),
    `create the Minikube profile ${profile}, the folder ${state}, and the git remote cluster`,
    `keep programs and images in ${cache}`,
  ]
  return [images, 'this start will:', ...changes.map((change) => `  - ${change}`)]
}
