/** On folders that look like cgroups; making real ones is root's, and is tested by every start. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { processesIn, removeCgroups } from './cgroups.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cgroups-'))
  const made = folder
  onTestFinished(() => rm(made, { recursive: true, force: true }))
})

async function cgroup(path: string, pids: number[]): Promise<string> {
  await mkdir(join(folder, path), { recursive: true })
  await writeFile(join(folder, path, 'cgroup.procs'), pids.map((pid) => `${pid}\n`).join(''))
  return join(folder, path)
}

test('processes are found in all hierarchies and in every depth, each once', async () => {
  const groups = [await cgroup('cpu', [1, 2]), await cgroup('memory', [1])]
  await cgroup('cpu/kubepods', [])
  await cgroup('cpu/kubepods/pod', [3, 2])
  expect((await processesIn(groups)).sort()).toEqual([1, 2, 3])
})

test('a group that is gone holds nothing, and needs no removal', async () => {
  const gone = join(folder, 'gone')
  expect(await processesIn([gone])).toEqual([])
  await removeCgroups([gone])
})

test('groups are removed from the innermost outwards, and nothing beside them', async () => {
  await mkdir(join(folder, 'node/kubepods/pod'), { recursive: true })
  await mkdir(join(folder, 'other'))
  await removeCgroups([join(folder, 'node')])
  expect(existsSync(join(folder, 'node'))).toBe(false)
  expect(existsSync(join(folder, 'other'))).toBe(true)
})
