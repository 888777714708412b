/**
 * Listeners on the host's 127.0.0.1 for what answers inside the node. systemd-socket-activate holds the listening
 * socket, and hands it to systemd-socket-proxyd inside the node's network, which connects from there.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, type ProcessId, processId } from '../processes.ts'
import { paths, ports } from '../settings.ts'
import { nodePid } from './node.ts'

/** Where each of the host's ports leads to inside the node. */
const targets: Record<keyof typeof ports, string> = {
  web: '192.168.49.2:30080',
  argocd: '192.168.49.2:30081',
  api: '192.168.49.2:6443',
}

const pidFile = join(paths.run, 'listeners.json')

function listeners(): ProcessId[] {
  return existsSync(pidFile) ? (JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessId[]) : []
}

/** Starts the listeners, unless all of them are there. */
export async function startListeners(): Promise<void> {
  const running = listeners()
  if (running.length > 0 && running.every(isAlive)) return
  await stopListeners()
  const log = openSync(join(paths.logs, 'listeners.log'), 'a')
  const started = Object.entries(targets).map(([name, target]) => {
    const address = `127.0.0.1:${ports[name as keyof typeof ports]}`
    const proxy = ['/lib/systemd/systemd-socket-proxyd', '--connections-max=4096', target]
    const args = [`--listen=${address}`, 'nsenter', `--net=/proc/${nodePid()}/ns/net`, ...proxy]
    const child = spawn('systemd-socket-activate', args, { detached: true, stdio: ['ignore', log, log] })
    child.unref()
    return processId(child.pid as number)
  })
  await writeFile(pidFile, JSON.stringify(started))
}

/** Ends the listeners. */
export async function stopListeners(): Promise<void> {
  for (const listener of listeners().filter(isAlive)) process.kill(listener.pid, 'SIGTERM')
  await rm(pidFile, { force: true })
}
