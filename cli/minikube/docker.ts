/**
 * The Docker engine of the node: the user's engine if one answers, else one that `npm start` runs, with its own data folder,
 * socket and process.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { cache, paths } from '../settings.ts'
import { lastLines, until } from '../wait.ts'
import { type HostSettings, readHostSettings, restoreHost, unmountBelow, weighContainers } from './host.ts'

/** Short, because the path of a socket may have at most 107 characters (unix(7)). */
const runFolder = '/run/cloud-native-canary'
const socket = join(runFolder, 'docker.sock')
const pidFile = join(runFolder, 'docker.pid')
const log = join(paths.logs, 'dockerd.log')
/** In the cache, because it contains built images. */
const dataRoot = join(cache, 'docker')

/** The host's settings before our engine; the file exists as long as any clone on this machine uses the engine. */
const hostFile = join(cache, 'host.json')

export function usesOwnEngine(): boolean {
  return existsSync(hostFile)
}

/** Environment with which docker and minikube find the engine. */
export function engineEnvironment(): Record<string, string> {
  return usesOwnEngine() ? { DOCKER_HOST: `unix://${socket}` } : {}
}

/** Runs docker against the engine of this clone. */
export function docker(args: string[], options: Options = {}) {
  return execa('docker', args, { ...options, env: { ...engineEnvironment(), ...options.env } })
}

/** Information from `docker info`. */
export interface EngineInfo {
  /** Bytes. */
  MemTotal: number
  NCPU: number
  OperatingSystem: string
}

/** Undefined when no engine responds within 10 s, or docker is not installed. */
export async function engineInfo(): Promise<EngineInfo | undefined> {
  const options = { reject: false, timeout: 10_000 } as const
  const { exitCode, stdout } = await docker(['info', '--format={{json .}}'], options)
  const info = exitCode === 0 ? (JSON.parse(String(stdout)) as EngineInfo & { ServerErrors?: string[] }) : undefined
  return info && !info.ServerErrors?.length ? info : undefined
}

/** Whether this machine has an init system that manages services. */
export function hasInitSystem(): boolean {
  return existsSync('/run/systemd/system')
}

/** Process id of our engine, if it is running. */
function enginePid(): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd' ? pid : undefined
  } catch {
    return undefined
  }
}

/** Whether the machine lacks CAP_SYS_RESOURCE (number 24 in capabilities(7)), without which runc fails for privileged containers. */
function lacksSysResource(): boolean {
  const [, effective = 'f'] = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 0n
}

function engineOptions(): string[] {
  const runtime = join(import.meta.dirname, 'runc-without-sys-resource.sh')
  return [
    `--data-root=${dataRoot}`,
    `--exec-root=${join(runFolder, 'docker')}`,
    `--pidfile=${pidFile}`,
    `--host=unix://${socket}`,
    // Minikube creates the node's network, so the host needs no docker0.
    '--bridge=none',
    ...(lacksSysResource() ? [`--add-runtime=no-sys-resource=${runtime}`, '--default-runtime=no-sys-resource'] : []),
  ]
}

/** Starts our engine unless it is running, and waits until it answers. Needs root. */
export async function startOwnEngine(): Promise<void> {
  for (const folder of [paths.logs, runFolder, dataRoot]) await mkdir(folder, { recursive: true })
  if (!usesOwnEngine()) await writeFile(hostFile, JSON.stringify(await readHostSettings()))
  if (enginePid() !== undefined) return
  const output = openSync(log, 'a')
  spawn('dockerd', engineOptions(), { detached: true, stdio: ['ignore', output, output] }).unref()
  await until('the Docker engine to answer', async () => (await engineInfo()) !== undefined, {
    seconds: 60,
    why: async () => lastLines(await readFile(log, 'utf8')),
  })
  // The machine may itself be a container that must not set weights.
  await weighContainers().catch(() => {})
}

/** Ends our engine, if it is running, with all its containers. */
export async function stopOwnEngine(): Promise<void> {
  const pid = usesOwnEngine() ? enginePid() : undefined
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  // Checks the process, because dockerd removes its pid file long before it ends.
  await until('the Docker engine to end', async () => !existsSync(`/proc/${pid}`), { seconds: 60 })
}

/** Reverts the changes of our engine and the node to the host. The engine must have ended. */
export async function removeOwnEngine(): Promise<void> {
  if (!usesOwnEngine()) return
  const before = JSON.parse(await readFile(hostFile, 'utf8')) as HostSettings
  for (const folder of [runFolder, dataRoot]) await unmountBelow(folder)
  await restoreHost(before)
  await rm(runFolder, { recursive: true, force: true })
  await rm(hostFile)
}
