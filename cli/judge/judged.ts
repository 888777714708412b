/** What main rendered to when it was last accepted, so that a push is judged by what it changes. */
import { existsSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { paths } from '../settings.ts'
import type { RenderedObject } from './objects.ts'

const file = join(paths.run, 'judged.json')

export interface Judged {
  revision: string
  rendered: [string, RenderedObject[]][]
}

export function readJudged(): Judged | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Judged) : undefined
}

/** As a whole or not at all: another push may read it meanwhile. */
export async function writeJudged(judged: Judged): Promise<void> {
  const partial = `${file}.${process.pid}`
  await writeFile(partial, JSON.stringify(judged))
  await rename(partial, file)
}
