/**
 * The Docker engine that the node runs in: the user's own where one answers, else one that `npm start` starts, with a
 * data folder, a socket and a process of its own.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { cache, paths } from '../settings.ts'
import { lastLines, until } from '../wait.ts'
import { type HostSettings, readHostSettings, restoreHost, unmountBelow } from './host.ts'

/** Short, because the path of a socket may have 107 characters at most (unix(7)). */
const runFolder = '/run/cloud-native-canary'
const socket = join(runFolder, 'docker.sock')
const pidFile = join(runFolder, 'docker.pid')
const log = join(paths.logs, 'dockerd.log')
/** Holds the images that were built, so it lives as long as the cache. */
const dataRoot = join(cache, 'docker')

/** What the host was like before our engine; the file exists as long as this machine uses it, by whichever clone. */
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

/** What an engine says about itself. */
export interface EngineInfo {
  /** Bytes. */
  MemTotal: number
  NCPU: number
  OperatingSystem: string
}

/** Undefined when no engine answers within 10 s, or there is no docker. */
export async function engineInfo(): Promise<EngineInfo | undefined> {
  const options = { reject: false, timeout: 10_000 } as const
  const { exitCode, stdout } = await docker(['info', '--format={{json .}}'], options)
  const info = exitCode === 0 ? (JSON.parse(String(stdout)) as EngineInfo & { ServerErrors?: string[] }) : undefined
  return info && !info.ServerErrors?.length ? info : undefined
}

/** Whether an init system starts and stops services here. */
export function hasInitSystem(): boolean {
  return existsSync('/run/systemd/system')
}

/** Process id of our engine, when it runs. */
function enginePid(): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd' ? pid : undefined
  } catch {
    return undefined
  }
}

/** Docker gives a privileged container every capability; where the machine lacks one, runc fails (capabilities(7): 24). */
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
    // Minikube makes the node's network itself: the host needs no docker0.
    '--bridge=none',
    ...(lacksSysResource() ? [`--add-runtime=no-sys-resource=${runtime}`, '--default-runtime=no-sys-resource'] : []),
  ]
}

/** Starts our engine unless it runs, and waits until it answers. Needs root. */
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
}

/** Ends our engine, if it runs, with all that runs in it. */
export async function stopOwnEngine(): Promise<void> {
  const pid = usesOwnEngine() ? enginePid() : undefined
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  // It removes its pid file long before it ends.
  await until('the Docker engine to end', async () => !existsSync(`/proc/${pid}`), { seconds: 60 })
}

/** Takes back what our engine and the node changed on the host. The engine must have ended. */
export async function removeOwnEngine(): Promise<void> {
  if (!usesOwnEngine()) return
  const before = JSON.parse(await readFile(hostFile, 'utf8')) as HostSettings
  for (const folder of [runFolder, dataRoot]) await unmountBelow(folder)
  await restoreHost(before)
  await rm(runFolder, { recursive: true, force: true })
  await rm(hostFile)
}
