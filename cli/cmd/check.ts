import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { askCluster, judge, merge, newObjects, stillMissing } from '../judge/judge.ts'
import { beforeOf, readJudged } from '../judge/judged.ts'
import { rejectIf } from '../judge/rejection.ts'
import { withFiles } from '../judge/tree.ts'
import { checkRunning } from '../minikube/node.ts'
import { paths, root } from '../settings.ts'

/** The tools that judge without a cluster. */
const tools = ['kustomize', 'istioctl', 'kubectl-argo-rollouts']

async function installMissing(): Promise<void> {
  const missing = tools.filter((name) => !existsSync(join(paths.bin, name)))
  if (missing.length === 0) return
  await (await import('../images/pulled.ts')).installTools(missing, (line) => console.error(`fetching ${line}`))
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

/**
 * `npm run check`: judges the working tree as the remote `cluster` would judge a push of it.
 * @returns lines for the author: the changes and the verdict
 * @throws {UserError} with a line for each mistake
 */
export async function check(verbose: boolean): Promise<string> {
  await installMissing()
  const isRunning = await checkRunning().then(
    () => true,
    () => false,
  )
  const treeish = await workingTree()
  const known = readJudged()
  // The cluster's main may be at a commit that this clone does not have.
  const before = await beforeOf(known, known?.revision ?? '', treeish).catch(() => undefined)
  const { rendered, mistakes, changes } = await withFiles(treeish, (tree) => judge(treeish, tree, before))
  const open = isRunning ? newObjects(rendered, new Map(known?.rendered)) : []
  rejectIf(merge(isRunning ? await stillMissing(mistakes) : mistakes, await askCluster(open)), verbose)
  const verdict = isRunning
    ? 'a push would be accepted'
    : 'nothing is wrong, as far as that can be seen without a cluster'
  return [...changes, verdict].join('\n')
}
