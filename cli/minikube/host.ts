/** Saves and restores the host's settings that a Docker engine and a node change permanently. For Linux, as root. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { outputOf } from '../debian.ts'

/** Sysctls of the whole machine: dockerd sets the first, and systemd and the kubelet in the node set the others. */
const sysctls = [
  'net/ipv4/ip_forward',
  'fs/file-max',
  'fs/inotify/max_user_instances',
  'fs/inotify/max_user_watches',
  'fs/nr_open',
  'fs/protected_fifos',
  'fs/protected_hardlinks',
  'fs/protected_regular',
  'fs/protected_symlinks',
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/pid_max',
  'vm/max_map_count',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
]

export interface HostSettings {
  /** Values by name, as in /proc/sys. */
  sysctls: Record<string, string>
  /** Lines of `iptables -S`, by table. */
  iptables: Record<string, string[]>
}

async function iptablesRules(table: string): Promise<string[]> {
  return (await outputOf('iptables', ['-t', table, '-S']))?.split('\n') ?? []
}

export async function readHostSettings(): Promise<HostSettings> {
  const values = sysctls.map(async (name) => [name, await readFile(join('/proc/sys', name), 'utf8').catch(() => '')])
  return {
    sysctls: Object.fromEntries((await Promise.all(values)).filter(([, value]) => value !== '')),
    iptables: { filter: await iptablesRules('filter'), nat: await iptablesRules('nat') },
  }
}

/** Removes the rules and chains that Docker added to a table, and restores the policies of its chains. */
async function restoreIptables(table: string, before: string[]): Promise<void> {
  const run = (words: string) => execa('iptables', ['-t', table, ...words.split(' ')], { reject: false })
  const added = (await iptablesRules(table)).filter((rule) => !before.includes(rule))
  const isDocker = (rule: string) => /DOCKER|docker0|br-[0-9a-f]{12}/.test(rule)
  for (const rule of added.filter((rule) => rule.startsWith('-A ') && isDocker(rule)))
    await run(rule.replace('-A', '-D'))
  const chains = added.filter((rule) => rule.startsWith('-N DOCKER')).map((rule) => rule.slice('-N '.length))
  for (const chain of chains) await run(`-F ${chain}`)
  for (const chain of chains) await run(`-X ${chain}`)
  for (const policy of before.filter((rule) => rule.startsWith('-P '))) await run(policy)
}

/**
 * Gives Docker's containers as much processor time as one process of the host has on each processor. Without that weight all of them
 * together have as much as one process on one processor, so a push or a browser would delay the cluster's responses by seconds. For
 * machines without an init system, whose slices have weights; see cgroups(7), cpu.shares and cpu.weight.
 */
export async function weighContainers(): Promise<void> {
  const processors = availableParallelism()
  const isVersion1 = existsSync('/sys/fs/cgroup/cpu')
  const folder = join('/sys/fs/cgroup', isVersion1 ? 'cpu' : '', 'docker')
  if (!isVersion1) await writeFile('/sys/fs/cgroup/cgroup.subtree_control', '+cpu')
  await mkdir(folder, { recursive: true })
  if (isVersion1) await writeFile(join(folder, 'cpu.shares'), `${1024 * processors}`)
  else await writeFile(join(folder, 'cpu.weight'), `${Math.min(100 * processors, 10_000)}`)
}

/** Removes a cgroup of Docker and its children; only empty ones can be removed. */
async function removeCgroup(folder: string): Promise<void> {
  const below = await readdir(folder, { withFileTypes: true })
  for (const entry of below) if (entry.isDirectory()) await removeCgroup(join(folder, entry.name))
  await rmdir(folder).catch(() => {})
}

async function removeDockerCgroups(): Promise<void> {
  const hierarchies = await readdir('/sys/fs/cgroup')
  const folders = ['docker', ...hierarchies.map((name) => `${name}/docker`)].map((name) => join('/sys/fs/cgroup', name))
  for (const folder of folders.filter((name) => existsSync(name))) await removeCgroup(folder)
}

/** Unmounts a folder and all mounts below it: dockerd leaves its data folder and a network namespace mounted. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  // The file escapes a space as \040.
  const names = mounts
    .map((name) => name.replaceAll('\\040', ' '))
    .filter((name) => `${name}/`.startsWith(`${folder}/`))
  for (const name of names.reverse()) await execa('umount', [name])
}

/** Restores the settings. Docker must have ended. */
export async function restoreHost({ sysctls, iptables }: HostSettings): Promise<void> {
  for (const [table, before] of Object.entries(iptables)) await restoreIptables(table, before)
  for (const [name, value] of Object.entries(sysctls)) {
    const file = join('/proc/sys', name)
    if ((await readFile(file, 'utf8')) !== value) await writeFile(file, value)
  }
  await removeDockerCgroups()
}
