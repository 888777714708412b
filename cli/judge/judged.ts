/** Stores what main rendered to at the last accepted push, so that the hook judges only what the next push changes. */
import { existsSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { paths } from '../settings.ts'
import type { Before } from './judge.ts'
import type { RenderedObject } from './objects.ts'
import { isKustomization } from './render.ts'

const file = join(paths.run, 'judged.json')

export interface Judged {
  revision: string
  rendered: [string, RenderedObject[]][]
}

export function readJudged(): Judged | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Judged) : undefined
}

/** Replaces the file atomically, because another push may read it meanwhile. */
export async function writeJudged(judged: Judged): Promise<void> {
  const partial = `${file}.${process.pid}`
  await writeFile(partial, JSON.stringify(judged))
  await rename(partial, file)
}

/** Files that differ, and the folders of kustomization files among them. */
async function changedFiles(old: string, treeish: string): Promise<Set<string>> {
  // By default git quotes names with non-ASCII characters.
  const options = ['-c', 'core.quotePath=off', 'diff', '--name-only', '--no-renames']
  const { stdout } = await execa('git', [...options, old, treeish])
  const files = stdout.split('\n').filter(Boolean)
  return new Set([...files, ...files.filter(isKustomization).map(dirname)])
}

/** What is stored about the commit that a change is based on; undefined when another commit is stored. */
export async function beforeOf(judged: Judged | undefined, old: string, treeish: string): Promise<Before | undefined> {
  if (judged?.revision !== old) return undefined
  return { rendered: new Map(judged.rendered), changed: await changedFiles(old, treeish) }
}
