import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { allowFreeze } from '../freeze.ts'
import { otherRepository } from '../git/remote.ts'
import { versionFile as file, versionsIn } from '../git/versions.ts'
import { stableVersion, storedAnalysis, storedRollout } from '../health.ts'
import type { Stored } from '../kubernetes.ts'
import { checkRunning } from '../minikube/node.ts'
import { root } from '../settings.ts'
import { tool } from '../tools.ts'
import { lastLines } from '../wait.ts'

const versionLine = /^( *newTag: )(\S+)/m

const git = (args: string[], cwd = root) => execa('git', args, { cwd })

function versionIn(text: string): string {
  const version = versionLine.exec(text)?.[2]
  if (!version) throw new UserError(`${file} has no line newTag: restore it, then try again`)
  return version
}

/** The reason for the commit message: the analysis with its measurements, or a person. */
async function reasonOf(rollout: Stored<IRollout>): Promise<string> {
  const { status } = rollout
  const run = await storedAnalysis(rollout)
  if (!status?.abort || run?.status?.phase !== 'Failed') return 'A person asked for it.'
  const failed = run.status.metricResults?.filter(({ phase }) => phase === 'Failed') ?? []
  const measured = failed.map((result) => `${result.name} ${result.measurements?.at(-1)?.value}`)
  return `The analysis ${run.metadata.name} sent it back: ${measured.join(', ')}.\n\n${status.message ?? ''}`
}

/**
 * The version before the present one.
 * @param history the versions in git, oldest first. A version that git had before takes back those in between: nobody wants these again.
 */
export function versionBefore(history: string[]): string | undefined {
  const releases: string[] = []
  for (const version of history) {
    const index = releases.indexOf(version)
    if (index === -1) releases.push(version)
    else releases.length = index + 1
  }
  return releases.at(-2)
}

/** The versions in the history of the file, oldest first. */
async function versionsInGit(folder: string): Promise<string[]> {
  const { stdout: commits } = await git(['log', '--format=%H', '--max-count=100', '--', file], folder)
  const { stdout: repository } = await git(['rev-parse', '--absolute-git-dir'], folder)
  const oldestFirst = commits.split('\n').reverse()
  const versions = await versionsIn(repository, oldestFirst)
  return oldestFirst.flatMap((commit) => versions.get(commit) ?? [])
}

/** Runs `work` in a worktree of the remote's main, so that the user's files and branch do not change. */
async function inWorktree<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rollback-'))
  try {
    await git(['fetch', '--quiet', 'cluster', '+main:refs/remotes/cluster/main'])
    await git(['worktree', 'add', '--quiet', '--detach', folder, 'refs/remotes/cluster/main'])
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
    await git(['worktree', 'prune'])
  }
}

/** git's messages when somebody else has pushed meanwhile. */
const overtaken = /fetch first|non-fast-forward|failed to update ref|cannot lock ref/

/**
 * Changes the version's line and pushes; retries when somebody else pushed meanwhile.
 * @param to the version; undefined for the one before the present version
 * @returns a message for the user
 */
async function pushVersion(to: string | undefined, reason: string, attempts = 3): Promise<string> {
  const push = await inWorktree(async (folder) => {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8').catch(() => '')
    const present = versionIn(text)
    const version = to ?? versionBefore(await versionsInGit(folder))
    if (!version)
      throw new UserError(`git has no version of web-api before ${present}: choose one in ${file}, commit and push`)
    if (version === present) return { done: `nothing to do: git already has web-api ${present}` }
    await writeFile(path, text.replace(versionLine, `$1${version}`))
    const title = `web-api back to ${version}, from ${present}`
    await git(['commit', '--quiet', '--all', `--message=${title}\n\n${reason}`], folder)
    const options = { cwd: folder, all: true, reject: false } as const
    const args = ['push', '--quiet', `--push-option=${allowFreeze}`, 'cluster', 'HEAD:refs/heads/main']
    const { exitCode, all } = await execa('git', args, options)
    return exitCode === 0 ? { done: `${title}: pushed; your branch gets it with: git pull cluster main` } : { why: all }
  })
  if (push.done) return push.done
  if (attempts > 1 && overtaken.test(push.why ?? '')) return pushVersion(to, reason, attempts - 1)
  throw new UserError(`the remote rejected the push:\n${lastLines(push.why ?? '')}`)
}

/**
 * `npm run rollback`: aborts the release of web-api in progress, or reverts to the version before the present one, and pushes
 * that version to git.
 * @param to the version to revert to. With it, of several callers that see the same abort, the later ones find nothing to do.
 * @returns a message for the user
 * @throws {UserError} when there is no rollout, or the remote rejects the push
 */
export async function rollback(to?: string): Promise<string> {
  await checkRunning()
  const found = await storedRollout()
  if (!found) throw new UserError('this overlay has no rollout: revert the version in git, with git revert')
  const { status } = found
  const isUnderWay = status?.currentPodHash !== status?.stableRS
  const version = to ?? (isUnderWay ? await stableVersion(found) : undefined)
  const reason = await reasonOf(found)
  if (isUnderWay && !status?.abort) await tool('kubectl', ['argo', 'rollouts', 'abort', 'web-api'])
  if (await otherRepository())
    return `Argo CD reads a fork. Change newTag in ${file} there${version ? ` to ${version}` : ''}, commit and push.`
  return pushVersion(version, reason)
}
