import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { chooseImages } from '../images/source.ts'
import { judge } from '../judge/judge.ts'
import { beforeOf, type Judged, readJudged } from '../judge/judged.ts'
import { mainRef } from '../judge/refs.ts'
import { rejectHazards, rejectIf, rejectIfFrozen } from '../judge/rejection.ts'
import { withFiles } from '../judge/tree.ts'
import { linkTool } from '../minikube/install.ts'
import { loadedImages } from '../minikube/minikube.ts'
import { checkRunning } from '../minikube/node.ts'
import { paths, root } from '../settings.ts'

/** The tools that judge without a cluster. */
const tools = ['kustomize', 'istioctl', 'kubectl-argo-rollouts']

/**
 * Installs the tools that judge without a cluster, unless this clone has them.
 * @throws {UserError} when they are neither to be fetched nor in the cache
 */
export async function installJudges(): Promise<void> {
  const missing = tools.filter((name) => !existsSync(join(paths.bin, name)))
  if (missing.length === 0) return
  if ((await chooseImages()).source === 'pulled') {
    await (await import('../images/pulled.ts')).installTools(missing, (line) => console.error(`fetching ${line}`))
    return
  }
  const { programs } = await import('../images/programs.ts')
  // Without Go, or the modules, there are no builds either.
  const { dir, isBuilt } = await programs().catch(() => ({ dir: '', isBuilt: false }))
  if (!isBuilt) throw new UserError(`${missing.join(', ')} are not built yet: run npm start once`)
  for (const name of missing) await linkTool(name, join(dir, name))
}

/** Writes the working tree to git as `git add --all` and a commit would. @returns the hash of the tree object */
async function workingTree(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'check-'))
  const options = { cwd: root, env: { GIT_INDEX_FILE: join(folder, 'index') } }
  try {
    await execa('git', ['read-tree', 'HEAD'], options)
    await execa('git', ['add', '--all'], options)
    return (await execa('git', ['write-tree'], options)).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What a commit renders to. @throws {UserError} when git has no such commit */
async function judgedOf(commit: string): Promise<Judged> {
  const options = { cwd: root, reject: false } as const
  const { stdout, exitCode } = await execa('git', ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`], options)
  if (exitCode !== 0) throw new UserError(`--base ${commit}: git has no such commit; fetch it first`)
  const { rendered } = await withFiles(stdout, (tree) => judge(stdout, tree))
  return { revision: stdout, rendered: [...rendered] }
}

/** What main of the remote renders to; undefined when there is no remote, or no push yet. */
async function judgedMain(): Promise<Judged | undefined> {
  const args = ['--git-dir', paths.git, 'rev-parse', '--verify', '--quiet', mainRef]
  const { stdout, exitCode } = await execa('git', args, { reject: false })
  return exitCode === 0 ? readJudged(stdout) : undefined
}

/**
 * `npm run check`: judges the working tree as the remote `cluster` would judge a push of it.
 * @param base the commit to compare with; without it the one that the remote has
 * @returns lines for the author: the changes and the verdict
 * @throws {UserError} with a line for each mistake
 */
export async function check({ verbose, base }: { verbose: boolean; base?: string }): Promise<string> {
  await installJudges()
  const isRunning = await checkRunning().then(
    () => true,
    () => false,
  )
  const treeish = await workingTree()
  const known = base ? await judgedOf(base) : await judgedMain()
  // The cluster's main may be at a commit that this clone does not have.
  const before = await beforeOf(known, treeish).catch(() => undefined)
  const { mistakes, changes, hazards } = await withFiles(treeish, (tree) =>
    judge(treeish, tree, before, isRunning ? loadedImages() : undefined),
  )
  rejectIf(mistakes, verbose)
  rejectHazards(hazards, [])
  if (isRunning) await rejectIfFrozen(changes, [])
  const verdict = isRunning
    ? 'a push would be accepted'
    : 'no mistakes found; without a cluster nobody asked the API server'
  return [...changes, verdict].join('\n')
}
