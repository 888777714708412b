/** What `npm run exercise` remembers, in `.cluster/`, so that it survives `npm stop`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { state } from '../settings.ts'

export const progressFile = join(state, 'exercises.json')

export interface Progress {
  /** Commit of the remote's main when the exercise began. */
  commit: string
  /** When it began, or was reset (ISO 8601). */
  since: string
  /** Goals that the state does not show later, with the sentence that said why they are right. */
  seen: Record<string, string>
}

type All = Record<number, Progress>

const readAll = (): All => (existsSync(progressFile) ? (JSON.parse(readFileSync(progressFile, 'utf8')) as All) : {})

/** Undefined before the exercise has begun. */
export const readProgress = (number: number): Progress | undefined => readAll()[number]

export function writeProgress(number: number, progress: Progress): void {
  writeFileSync(progressFile, JSON.stringify({ ...readAll(), [number]: progress }, null, 2))
}
