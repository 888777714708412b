/** Checks out a commit as Argo CD's repository server does, and finds files for which that server rejects the commit. */

import { readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, normalize } from 'node:path'
import { execa } from 'execa'
import type { Mistake } from './objects.ts'

/** Writes all files to a folder, including those that `git archive` would leave out because of .gitattributes. */
async function checkOut(treeish: string, folder: string, index: string): Promise<void> {
  const env = { GIT_INDEX_FILE: index }
  await execa('git', ['read-tree', treeish], { env })
  await execa('git', [`--work-tree=${folder}`, 'checkout-index', '--all', `--prefix=${folder}/`], { env })
}

/** Whether a link leaves the tree. Argo CD follows it step by step, and rejects it when one step leaves the tree. */
function leaves(file: string, target: string): boolean {
  let place = join(file, '..')
  return (
    isAbsolute(target) ||
    target.split('/').some((step) => {
      place = normalize(join(place, step))
      return place === '..' || place.startsWith('../')
    })
  )
}

function judgeEntry(mode: string, file: string, folder: string): Mistake[] {
  if (mode === '160000')
    return [{ file, reason: 'a submodule: Argo CD reads only this repository, which does not have its files' }]
  if (mode !== '120000') return []
  const target = readlinkSync(join(folder, file))
  return leaves(file, target) ? [{ file, reason: `a symbolic link to ${target}, which leaves the repository` }] : []
}

/**
 * Finds files because of which Argo CD cannot read a commit.
 * @param folder the folder with the commit's files
 */
export async function judgeFiles(treeish: string, folder: string): Promise<Mistake[]> {
  const { stdout } = await execa('git', ['ls-tree', '-r', '-z', treeish])
  return stdout
    .split('\0')
    .filter(Boolean)
    .flatMap((entry) => {
      const [attributes = '', file = ''] = entry.split('\t')
      return judgeEntry(attributes.slice(0, 6), file, folder)
    })
}

/**
 * Checks out a commit or a tree to a folder, calls `work` with it, and removes it. Git finds the repository by the
 * environment or the working directory.
 */
export async function withFiles<T>(treeish: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'push-'))
  const tree = join(folder, 'tree')
  try {
    await mkdir(tree)
    await checkOut(treeish, tree, join(folder, 'index'))
    return await work(tree)
  } finally {
    await rm(folder, { recursive: true })
  }
}
