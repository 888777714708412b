/**
 * The node: namespaces with a Debian root file system of their own, in which s6 keeps containerd, the kubelet and the
 * git daemon running. The host sees one process tree and nothing else; ending its first process ends all of it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { UserError } from '../errors.ts'
import { isAlive, type ProcessId, processId } from '../processes.ts'
import { paths, state } from '../settings.ts'
import { until } from '../wait.ts'
import { createCgroups, processesIn, removeCgroups } from './cgroups.ts'

const here = join(import.meta.dirname, 'node')
const rootfs = join(state, 'node')
const pidFile = join(paths.run, 'node.json')
const cgroupsFile = join(paths.run, 'cgroups')

/** The host's process id of the node's first process, if the node is running. */
export function nodePid(): number | undefined {
  if (!existsSync(pidFile)) return undefined
  const node = JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessId
  return isAlive(node) ? node.pid : undefined
}

/** The words that run a command inside the node. */
export function inNode(command: string[]): [string, string[]] {
  const pid = nodePid()
  if (pid === undefined) throw new UserError('the embedded cluster is not running; start it with: npm start')
  return ['nsenter', ['--target', String(pid), '--all', '--root', '--wdns=/', '--', ...command]]
}

/** Runs a command inside the node. */
export function runInNode(command: string[], options: Options = {}) {
  const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }
  return execa(...inNode(command), { ...options, env, extendEnv: false })
}

/** Unpacks the root file system and lays the node's configuration over it. Does not touch what the cluster wrote. */
export async function prepareNode(base: string): Promise<void> {
  if (!existsSync(join(rootfs, '.complete'))) {
    await rm(rootfs, { recursive: true, force: true })
    await mkdir(rootfs, { recursive: true })
    await execa('tar', ['--extract', '--file', base, '--directory', rootfs, '--exclude=./dev/*'])
    await writeFile(join(rootfs, '.complete'), '')
  }
  const folders = [
    'opt/cni/bin',
    'etc/cni/net.d',
    'etc/containerd',
    'var/lib/kubelet',
    'var/lib/volumes/articles-db',
    'srv/git',
  ]
  for (const folder of folders) await mkdir(join(rootfs, folder), { recursive: true })
  await cp(join(here, 's6'), join(rootfs, 'etc/s6'), { recursive: true })
  for (const service of ['containerd', 'kubelet', 'git-daemon'])
    await chmod(join(rootfs, 'etc/s6', service, 'run'), 0o755)
  await cp(join(here, 'containerd.toml'), join(rootfs, 'etc/containerd/config.toml'))
  await cp(join(here, 'kubeadm.yaml'), join(rootfs, 'etc/kubeadm.yaml'))
  // Once istio-cni has put itself into the chain, the file is its own.
  const network = join(rootfs, 'etc/cni/net.d/10-calico.conflist')
  if (!existsSync(network)) await cp(join(here, '10-calico.conflist'), network)
  // An address that nobody has: look-ups of outside names fail at once instead of timing out.
  await writeFile(join(rootfs, 'etc/resolv.conf'), 'nameserver 192.0.2.1\n')
  await writeFile(join(rootfs, 'etc/hosts'), '127.0.0.1 localhost\n192.168.49.2 node\n')
}

async function firstChildOf(process: ChildProcess): Promise<number> {
  const file = `/proc/${process.pid}/task/${process.pid}/children`
  const ready = async () => {
    if (process.exitCode !== null) throw new UserError(`the node ended at once; see ${join(paths.logs, 'node.log')}`)
    const pid = Number((await readFile(file, 'utf8')).split(' ')[0])
    // The first process has become s6 when all mounts and addresses are there.
    return pid > 0 && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 's6-svscan' ? pid : undefined
  }
  return until('the node to mount its file systems', ready, { seconds: 20 })
}

/** Starts the node's namespaces and services, if they are not running. */
export async function startNode(bin: string): Promise<void> {
  if (nodePid() !== undefined) return
  await stopNode()
  await mkdir(paths.run, { recursive: true })
  await mkdir(paths.logs, { recursive: true })
  const plugins = ['calico', 'host-local', 'loopback', 'portmap']
  for (const plugin of plugins) await cp(join(bin, plugin), join(rootfs, 'opt/cni/bin', plugin))
  const cgroups = await createCgroups(`cloud-native-canary-${process.pid}`)
  await writeFile(cgroupsFile, `${cgroups.join('\n')}\n`)
  const log = openSync(join(paths.logs, 'node.log'), 'a')
  const args = ['outside', cgroupsFile, rootfs, bin, paths.git]
  const node = spawn(join(here, 'run.sh'), args, { detached: true, stdio: ['ignore', log, log] })
  const pid = await firstChildOf(node)
  node.unref()
  await writeFile(pidFile, JSON.stringify(processId(pid)))
  await until(
    'containerd to answer',
    async () => (await runInNode(['ctr', 'version'], { reject: false })).exitCode === 0,
    {
      seconds: 30,
      why: () => tail(join(rootfs, 'var/log/containerd.log')),
    },
  )
}

/** The last lines of a log file. */
export async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split('\n').slice(-20).join('\n')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

/**
 * Ends everything in the node: asks first, so that databases close their files, then insists after 10 seconds.
 * Works the same on what an interrupted start left behind.
 */
export async function stopNode(): Promise<void> {
  const cgroups = existsSync(cgroupsFile) ? (await readFile(cgroupsFile, 'utf8')).trim().split('\n') : []
  if (nodePid() !== undefined) await runInNode(['s6-svc', '-d', '/etc/s6/kubelet'], { reject: false })
  const pods = cgroups.map((cgroup) => join(cgroup, 'kubepods'))
  for (const pid of await processesIn(pods)) signal(pid, 'SIGTERM')
  const podsEnded = async () => (await processesIn(pods)).length === 0
  await until('the pods to end', podsEnded, { seconds: 10 }).catch(() => {})
  for (const pid of await processesIn(cgroups)) signal(pid, 'SIGKILL')
  await until('the node to be gone', async () => (await processesIn(cgroups)).length === 0, { seconds: 20 })
  await removeCgroups(cgroups)
  await rm(pidFile, { force: true })
  await rm(cgroupsFile, { force: true })
}

/** Loads all images of an OCI layout into the node's containerd. */
export async function importImages(layout: string): Promise<void> {
  const [command, args] = inNode(['ctr', '--namespace', 'k8s.io', 'images', 'import', '--local', '--no-unpack', '-'])
  await execa('tar', ['--create', '--directory', layout, '.'], { buffer: false }).pipe(command, args)
}
