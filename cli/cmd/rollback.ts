import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { execa } from 'execa'
import type { ReplicaSet } from 'kubernetes-types/apps/v1.d.ts'
import { UserError } from '../errors.ts'
import { remoteUrl } from '../git/remote.ts'
import { storedAnalysis, storedRollout } from '../health.ts'
import { folders, kubernetes, type Stored } from '../kubernetes.ts'
import { checkRunning } from '../minikube/node.ts'
import { root } from '../settings.ts'
import { tool } from '../tools.ts'
import { lastLines } from '../wait.ts'

/** Where git names the version of web-api. */
const file = 'overlays/canary/kustomization.yaml'
const versionLine = /^( *newTag: )(\S+)/m

const git = (args: string[], cwd = root) => execa('git', args, { cwd })

function versionIn(text: string): string {
  const version = versionLine.exec(text)?.[2]
  if (!version) throw new UserError(`${file} has no line newTag: put it back, then try again`)
  return version
}

/** The version that everybody had before the release that is under way. */
async function stableVersion({ status }: Stored<IRollout>): Promise<string | undefined> {
  const selector = encodeURIComponent(`rollouts-pod-template-hash=${status?.stableRS}`)
  const [set] = await kubernetes.list<ReplicaSet>(`${folders.apps}/replicasets?labelSelector=${selector}`)
  const image = set?.spec?.template?.spec?.containers.find(({ name }) => name === 'web-api')?.image
  return image?.split(':').at(-1)
}

/** Who or what wants to go back, for the commit: the analysis with its measurement, or a person. */
async function reasonOf(rollout: Stored<IRollout>): Promise<string> {
  const { status } = rollout
  const run = await storedAnalysis(rollout)
  if (!status?.abort || run?.status?.phase !== 'Failed') return 'A person asked for it.'
  const failed = run.status.metricResults?.filter(({ phase }) => phase === 'Failed') ?? []
  const measured = failed.map((result) => `${result.name} ${result.measurements?.at(-1)?.value}`)
  return `The analysis ${run.metadata.name} sent it back: ${measured.join(', ')}.\n\n${status.message ?? ''}`
}

/** The version before the present one, as the history of the file has it. */
async function earlierVersion(folder: string, present: string): Promise<string> {
  const { stdout } = await git(['log', '--format=%H', '--max-count=100', '--', file], folder)
  for (const commit of stdout.split('\n')) {
    const found = versionLine.exec((await git(['show', `${commit}:${file}`], folder)).stdout)?.[2]
    if (found && found !== present) return found
  }
  throw new UserError(`git knows no version of web-api before ${present}`)
}

/** Runs `work` in a worktree of the remote's main, so that the user's files and branch stay as they are. */
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

/** What git says when somebody else has pushed meanwhile. */
const overtaken = /fetch first|non-fast-forward|failed to update ref|cannot lock ref/

/**
 * Changes the version's line and pushes; again when somebody else pushed meanwhile.
 * @param to undefined: the version before the present one
 * @returns what was done, for the user
 */
async function pushVersion(to: string | undefined, reason: string, attempts = 3): Promise<string> {
  const push = await inWorktree(async (folder) => {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    const present = versionIn(text)
    const version = to ?? (await earlierVersion(folder, present))
    if (version === present) return { done: `git asks for web-api ${present} already` }
    await writeFile(path, text.replace(versionLine, `$1${version}`))
    const title = `web-api back to ${version}, from ${present}`
    await git(['commit', '--quiet', '--all', `--message=${title}\n\n${reason}`], folder)
    const options = { cwd: folder, all: true, reject: false } as const
    const { exitCode, all } = await execa('git', ['push', '--quiet', 'cluster', 'HEAD:refs/heads/main'], options)
    return exitCode === 0 ? { done: `${title}: pushed; your branch gets it with: git pull cluster main` } : { why: all }
  })
  if (push.done) return push.done
  if (attempts > 1 && overtaken.test(push.why ?? '')) return pushVersion(to, reason, attempts - 1)
  throw new UserError(`the push was rejected:\n${lastLines(push.why ?? '')}`)
}

/** Whether Argo CD reads this clone's remote, and not a fork. */
async function readsOwnRemote(): Promise<boolean> {
  const applications = await kubernetes.list<IApplication>(`${folders.argoCd}/applications`)
  return applications.find(({ metadata }) => metadata.name === 'root')?.spec.source?.repoURL === remoteUrl
}

/**
 * `npm run rollback`: aborts the release of web-api that is under way, or goes back to the version before the present one,
 * and has git ask for that version.
 * @param to the version to go back to, for who knows it: of several that see the same abort, the later ones find nothing to do
 * @returns what was done, for the user
 * @throws {UserError} when there is no rollout, or the push is rejected
 */
export async function rollback(to?: string): Promise<string> {
  await checkRunning()
  const found = await storedRollout()
  if (!found) throw new UserError('this overlay has no rollout: the versions are in git, go back with git revert')
  const { status } = found
  const isUnderWay = status?.currentPodHash !== status?.stableRS
  const version = to ?? (isUnderWay ? await stableVersion(found) : undefined)
  const reason = await reasonOf(found)
  if (isUnderWay && !status?.abort) await tool('kubectl', ['argo', 'rollouts', 'abort', 'web-api'])
  if (!(await readsOwnRemote()))
    return `Argo CD reads a fork. Change newTag in ${file} there${version ? ` to ${version}` : ''}, commit and push.`
  return pushVersion(version, reason)
}
