/**
 * Listeners on the host's 127.0.0.1 for what answers inside the node. systemd-socket-activate holds the listening
 * socket, and hands it to systemd-socket-proxyd inside the node's network, which connects from there.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isAlive, type ProcessId, processId } from '../processes.ts'
import { type Ports, paths, ports } from '../settings.ts'
import { nodePid } from './node.ts'

/** Where each of the host's ports leads to inside the node. */
const targets: Record<keyof Ports, string> = {
  web: '192.168.49.2:30080',
  argocd: '192.168.49.2:30081',
  api: '192.168.49.2:6443',
}

const pidFile = join(paths.run, 'listeners.json')

interface Listeners {
  ports: Ports
  processes: ProcessId[]
}

function remembered(): Listeners | undefined {
  return existsSync(pidFile) ? (JSON.parse(readFileSync(pidFile, 'utf8')) as Listeners) : undefined
}

/** Ports that the cluster itself listens on now. */
export function heldPorts(): Partial<Ports> {
  const found = remembered()
  return found?.processes.every(isAlive) ? found.ports : {}
}

/** Starts the listeners, unless all of them are there, on these ports. */
export async function startListeners(): Promise<void> {
  if (isDeepStrictEqual(heldPorts(), ports)) return
  await stopListeners()
  const log = openSync(join(paths.logs, 'listeners.log'), 'a')
  const processes = Object.entries(targets).map(([name, target]) => {
    const address = `127.0.0.1:${ports[name as keyof Ports]}`
    const proxy = ['/lib/systemd/systemd-socket-proxyd', '--connections-max=4096', target]
    const args = [`--listen=${address}`, 'nsenter', `--net=/proc/${nodePid()}/ns/net`, ...proxy]
    const child = spawn('systemd-socket-activate', args, { detached: true, stdio: ['ignore', log, log] })
    child.unref()
    return processId(child.pid as number)
  })
  await writeFile(pidFile, JSON.stringify({ ports, processes } satisfies Listeners))
}

/** Ends the listeners. */
export async function stopListeners(): Promise<void> {
  for (const listener of remembered()?.processes.filter(isAlive) ?? []) process.kill(listener.pid, 'SIGTERM')
  await rm(pidFile, { force: true })
}
