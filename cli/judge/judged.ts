/** Stores what commits of main rendered to, so that the hook judges only what the next push changes. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { paths } from '../settings.ts'
import type { Before } from './judge.ts'
import type { RenderedObject } from './objects.ts'
import { isKustomization } from './render.ts'

/** One file for each commit: of two pushes at the same time git accepts only one, after the hook has judged both. */
const folder = join(paths.run, 'judged')
const mostFiles = 4

const fileOf = (revision: string) => join(folder, `${revision}.json`)

export interface Judged {
  revision: string
  rendered: [string, RenderedObject[]][]
}

/** What a commit rendered to; undefined when it is not stored. */
export function readJudged(revision: string): Judged | undefined {
  return existsSync(fileOf(revision)) ? (JSON.parse(readFileSync(fileOf(revision), 'utf8')) as Judged) : undefined
}

async function removeOldest(): Promise<void> {
  const files = (await readdir(folder)).map((name) => join(folder, name))
  // Another push may remove a file meanwhile.
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  const byAge = files.map((file, index) => ({ file, time: times[index] ?? 0 })).toSorted((a, b) => b.time - a.time)
  for (const { file } of byAge.slice(mostFiles)) await rm(file, { force: true })
}

/** Writes the file at once as a whole, because another push may read it meanwhile. */
export async function writeJudged(judged: Judged): Promise<void> {
  await mkdir(folder, { recursive: true })
  const partial = join(folder, `.${process.pid}`)
  await writeFile(partial, JSON.stringify(judged))
  await rename(partial, fileOf(judged.revision))
  await removeOldest()
}

/** Files that differ, and the folders of kustomization files among them. */
async function changedFiles(old: string, treeish: string): Promise<Set<string>> {
  // By default git quotes names with non-ASCII characters.
  const options = ['-c', 'core.quotePath=off', 'diff', '--name-only', '--no-renames']
  const { stdout } = await execa('git', [...options, old, treeish])
  const files = stdout.split('\n').filter(Boolean)
  return new Set([...files, ...files.filter(isKustomization).map(dirname)])
}

/** What is stored about the commit that a change is based on. */
export async function beforeOf(judged: Judged | undefined, treeish: string): Promise<Before | undefined> {
  if (!judged) return undefined
  return { rendered: new Map(judged.rendered), changed: await changedFiles(judged.revision, treeish) }
}
