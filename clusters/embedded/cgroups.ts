/**
 * The node's cgroups: one folder in each hierarchy that this process is in, so that nothing of the host's is touched
 * and everything can be removed again.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const mountPoint = '/sys/fs/cgroup'

/** Folders to make, one a hierarchy: below this process's own on cgroup v1, at the root on v2. */
function folders(name: string): string[] {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  const v1 = lines.map((line) => line.split(':')).filter(([, controllers]) => controllers !== '')
  // A v2 parent with processes of its own may not hand out controllers, so the session's own group will not do.
  if (v1.length === 0) return [join(mountPoint, name)]
  return v1.map(([, controllers = '', path = '/']) => join(mountPoint, controllers.replace('name=', ''), path, name))
}

/** A new cpuset group is empty, and takes no process until it has processors and memory nodes. */
async function inheritCpuset(folder: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(folder, file))) continue
    await writeFile(join(folder, file), await readFile(join(folder, '..', file)))
  }
}

/** Makes the folders, or finds them; answers their paths. */
export async function createCgroups(name: string): Promise<string[]> {
  const made = folders(name)
  for (const folder of made) {
    await mkdir(folder, { recursive: true })
    if (folder.startsWith(join(mountPoint, 'cpuset'))) await inheritCpuset(folder)
  }
  return made
}

/** Process ids in these groups and all below them. */
export async function processesIn(cgroups: string[]): Promise<number[]> {
  const pids = new Set<number>()
  for (const cgroup of cgroups.filter((folder) => existsSync(folder))) {
    const entries = await readdir(cgroup, { withFileTypes: true })
    const text = await readFile(join(cgroup, 'cgroup.procs'), 'utf8')
    for (const pid of text.split('\n').filter(Boolean)) pids.add(Number(pid))
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(cgroup, entry.name))
    for (const pid of await processesIn(below)) pids.add(pid)
  }
  return [...pids]
}

/** Removes the groups with all below them. They must hold no process any more. */
export async function removeCgroups(cgroups: string[]): Promise<void> {
  for (const cgroup of cgroups.filter((folder) => existsSync(folder))) {
    const entries = await readdir(cgroup, { withFileTypes: true })
    await removeCgroups(entries.filter((entry) => entry.isDirectory()).map((entry) => join(cgroup, entry.name)))
    await rmdir(cgroup)
  }
}
