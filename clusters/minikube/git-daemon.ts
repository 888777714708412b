/**
 * The clone's bare repository for Argo CD on Minikube, by `git daemon`, read only. It listens where the node finds
 * host.minikube.internal: https://minikube.sigs.k8s.io/docs/handbook/host-access/
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { isAlive, type ProcessId, processId } from '../processes.ts'
import { paths, state } from '../settings.ts'
import { until } from '../wait.ts'
import { ssh } from './minikube.ts'

/** Of the git protocol; the repositories' address in kustomization.yaml has none of its own. */
export const gitPort = 9418

const pidFile = join(paths.run, 'git-daemon.json')
const log = join(paths.logs, 'git-daemon.log')

export function remembered(): ProcessId | undefined {
  return existsSync(pidFile) ? (JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessId) : undefined
}

/**
 * The host's address in the network of the node, where this machine has it. Docker Desktop keeps the node in a machine of
 * its own and leads host.minikube.internal to the user's 127.0.0.1.
 */
async function listenAddress(): Promise<string> {
  const [address = ''] = (await ssh(['getent', 'hosts', 'host.minikube.internal'])).split(/\s/)
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return own.some((candidate) => candidate.address === address) ? address : '127.0.0.1'
}

function accepts(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: gitPort }, () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.end())
  })
}

/** Starts the daemon unless it runs, and waits until it accepts connections. */
export async function startGitDaemon(address?: string): Promise<void> {
  const running = remembered()
  if (running && isAlive(running)) return
  for (const folder of [paths.git, paths.logs, paths.run]) await mkdir(folder, { recursive: true })
  const host = address ?? (await listenAddress())
  const where = [`--listen=${host}`, `--port=${gitPort}`, `--base-path=${state}`, paths.git]
  const output = openSync(log, 'a')
  const options = ['-c', 'safe.directory=*', 'daemon', '--reuseaddr', '--export-all', ...where]
  const daemon = spawn('git', options, { detached: true, stdio: ['ignore', output, output] })
  daemon.unref()
  await writeFile(pidFile, JSON.stringify(processId(daemon.pid as number)))
  await until(`git daemon to listen on ${host}:${gitPort}`, () => accepts(host), {
    seconds: 10,
    why: () => readFileSync(log, 'utf8').split('\n').slice(-5).join('\n'),
  })
}

/** Ends the daemon. */
export async function stopGitDaemon(): Promise<void> {
  const running = remembered()
  if (running && isAlive(running)) process.kill(running.pid, 'SIGTERM')
  await rm(pidFile, { force: true })
}
