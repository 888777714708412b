/** What must be true before minikube is asked for anything, told in one line for each thing that is not. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { execa } from 'execa'
import { portProblems } from '../ports.ts'
import { type Ports, paths, ports } from '../settings.ts'
import { exists, isRunning, profile, size, version } from './minikube.ts'

/** The first that starts Kubernetes 1.36 without being forced to, by looking its versions up. */
const leastMinikube = '1.38.0'

/** Remembers, before the profile is made, that it is this clone's, and with which ports. */
export const ownProfile = join(paths.run, 'minikube-profile')

function isOlder(found: string, least: string): boolean {
  return found.localeCompare(least, undefined, { numeric: true }) < 0
}

async function minikubeProblem(): Promise<string[]> {
  const found = await version()
  const page = 'https://minikube.sigs.k8s.io/docs/start'
  if (!found) return [`minikube is not installed: ${page}, or CLUSTER=embedded on Linux`]
  return isOlder(found, leastMinikube)
    ? [`minikube ${found} is too old for Kubernetes 1.36: ${leastMinikube} or later is needed (${page})`]
    : []
}

async function dockerProblems(): Promise<string[]> {
  if (process.getuid?.() === 0)
    return ['minikube does not use Docker as root: run this as a user who may use Docker, or CLUSTER=embedded']
  const { exitCode, stdout } = await execa('docker', ['info', '--format={{json .}}'], { reject: false })
  if (exitCode !== 0)
    return ['Docker does not answer: start it, and see that `docker info` works for you; or CLUSTER=embedded on Linux']
  const { MemTotal, NCPU } = JSON.parse(stdout) as { MemTotal: number; NCPU: number }
  const memory = MemTotal / 2 ** 30
  return [
    // What a machine of 6 GB has is a little less than that.
    ...(memory < size.memoryGb - 0.5
      ? [
          `Docker has ${memory.toFixed(1)} GB of memory, ${size.memoryGb} GB are needed: give it more (Docker Desktop: Resources)`,
        ]
      : []),
    ...(NCPU < size.cpus ? [`Docker has ${NCPU} processor, ${size.cpus} are needed`] : []),
  ]
}

/** A profile of the same name may be another clone's. */
export async function isOwnRunning(): Promise<boolean> {
  return existsSync(ownProfile) && (await isRunning())
}

async function networkProblem(): Promise<string[]> {
  const reached = await fetch('https://dl.k8s.io/release/stable.txt', { signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
  return reached ? [] : ['dl.k8s.io cannot be reached: the first start needs the internet, for programs and images']
}

async function profileProblem(): Promise<string[]> {
  const isForeign = !existsSync(ownProfile) && (await exists())
  return isForeign
    ? [
        `minikube has a profile ${profile} that is not this clone's: end it from its own clone, or minikube delete --profile=${profile}`,
      ]
    : []
}

/** Docker publishes ports when it makes a container, and not later. */
function otherPorts(): string[] {
  const made: Ports = existsSync(ownProfile) ? JSON.parse(readFileSync(ownProfile, 'utf8')) : ports
  if (isDeepStrictEqual(made, ports)) return []
  const { web, argocd, api } = made
  return [
    `this cluster was made with WEB_PORT=${web} ARGOCD_PORT=${argocd} API_PORT=${api}: keep them, or npm run delete`,
  ]
}

/** All that stands in the way of a start, a line each. Changes nothing. */
export async function problems(): Promise<string[]> {
  const programs = [...(await minikubeProblem()), ...(await dockerProblems())]
  // Without them there is nothing to ask about the rest.
  if (programs.length > 0) return programs
  if (await isOwnRunning()) return otherPorts()
  const isFirst = !existsSync(ownProfile)
  const checks = [profileProblem(), otherPorts(), portProblems(), ...(isFirst ? [networkProblem()] : [])]
  return (await Promise.all(checks)).flat()
}
