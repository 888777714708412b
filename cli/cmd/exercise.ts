import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { type Exercise, exercises } from '../exercises/exercises.ts'
import { isBehind, remoteMain } from '../exercises/facts.ts'
import { push, right } from '../exercises/goals.ts'
import { type Progress, readProgress, writeProgress } from '../exercises/progress.ts'
import { otherRepository } from '../git/remote.ts'
import { checkRunning } from '../minikube/node.ts'
import { root } from '../settings.ts'

const git = async (...args: string[]): Promise<string> => (await execa('git', args, { cwd: root })).stdout

/** The change of files that solves the exercise, as `git apply` reads it; empty when the files have it. */
async function solution({ changes }: Exercise): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'exercise-'))
  const write = async (file: string, text: string) => {
    await mkdir(join(folder, dirname(file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  try {
    for (const [file, change] of Object.entries(changes)) {
      const text = await readFile(join(root, file), 'utf8')
      await write(`a/${file}`, text)
      await write(`b/${file}`, change(text))
    }
    const options = { cwd: folder, reject: false } as const
    return (await execa('git', ['diff', '--no-index', '--no-prefix', 'a', 'b'], options)).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Commits the state that the exercise's files had when it began. @returns a message for the user */
async function reset(number: number, { changes }: Exercise): Promise<string> {
  const progress = readProgress(number)
  if (!progress) throw new UserError(`exercise ${number} has not begun: npm run exercise -- ${number} begins it`)
  const files = Object.keys(changes)
  const changed = await git('status', '--porcelain', '--', ...files)
  if (changed) throw new UserError(`commit or undo your changes first: ${changed.trim().replaceAll(/\n */g, '; ')}`)
  if (await isBehind()) throw new UserError('the remote has commits that your branch lacks: git pull cluster main')
  writeProgress(number, { ...progress, since: new Date().toISOString(), seen: {} })
  await git('restore', `--source=${progress.commit}`, '--staged', '--worktree', '--', ...files)
  if (!(await git('status', '--porcelain', '--', ...files)))
    return `The files of exercise ${number} are as they were when it began; it begins again.`
  await git('commit', '--quiet', `--message=Exercise ${number} begins again`, '--only', '--', ...files)
  return `Committed the files of exercise ${number} as they were when it began; now run: ${push}`
}

async function begin(number: number): Promise<Progress> {
  return readProgress(number) ?? { commit: await remoteMain(), since: new Date().toISOString(), seen: {} }
}

/** Looks at the goals up to the first that is missing, and remembers what the cluster will not show later. */
async function report(number: number, { title, page, goals }: Exercise): Promise<string> {
  const progress = await begin(number)
  writeProgress(number, progress)
  const lines = [`Exercise ${number}: ${title} (docs/exercises/${page})`]
  for (const { event, check } of goals) {
    const seen = event && progress.seen[event]
    const { isReached, says } = seen ? right(seen) : await check(progress.since)
    if (!isReached) return [...lines, `  → ${says}`].join('\n')
    lines.push(`  ✓ ${says}`)
    if (event) progress.seen[event] = says
    writeProgress(number, progress)
  }
  return [...lines, '  Done.'].join('\n')
}

export interface ExerciseOptions {
  /** Prints the change of files that solves it. */
  solve?: boolean
  /** Commits the files as they were when it began. */
  reset?: boolean
}

/**
 * `npm run exercise`: looks at git and the cluster, and says what the exercise lacks, or why it is right.
 * @returns a message for the user
 * @throws {UserError} when there is no such exercise, or Argo CD reads a fork, whose commits the exercises do not see
 */
export async function exercise(word: string, options: ExerciseOptions): Promise<string> {
  const number = Number(word)
  const found = exercises[number - 1]
  if (!found) throw new UserError(`there is no exercise ${word}: choose one from 1 to ${exercises.length}`)
  if (options.solve)
    return (await solution(found)) || `Your files have the solution. What else to do: docs/exercises/${found.page}`
  await checkRunning()
  if (await otherRepository()) throw new UserError('Argo CD reads a fork: the exercises need the remote cluster')
  return options.reset ? reset(number, found) : report(number, found)
}
