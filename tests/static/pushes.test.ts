/** The judges find every broken push that needs no cluster, with the words of the table, and accept good changes of the past. */
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { judge, type Verdict } from '../../cli/judge/judge.ts'
import { textOf } from '../../cli/judge/objects.ts'
import { judgeRef } from '../../cli/judge/refs.ts'
import { isKustomization } from '../../cli/judge/render.ts'
import { withFiles } from '../../cli/judge/tree.ts'
import { brokenPushes } from '../broken-pushes.ts'
import { goodChanges, hasHistory, takeBack } from '../good-changes.ts'
import { testIdentity } from '../support/gitops.ts'
import { copyOfTree } from '../support/tree.ts'

let tree: string
let original: Verdict

const git = async (...args: string[]) => (await execa('git', args, { cwd: tree, env: testIdentity })).stdout

/** Judges the files of the index as the hook would. */
async function judgeIndex(): Promise<Verdict> {
  const commit = await git('write-tree')
  const files = (await git('diff', '--cached', '--name-only', '--no-renames', 'HEAD')).split('\n').filter(Boolean)
  const changed = new Set([...files, ...files.filter(isKustomization).map(dirname)])
  vi.stubEnv('GIT_DIR', join(tree, '.git'))
  const before = original && { rendered: original.rendered, changed }
  return withFiles(commit, (folder) => judge(commit, folder, before)).finally(() => vi.unstubAllEnvs())
}

beforeAll(async () => {
  tree = await copyOfTree()
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'what works')
  original = await judgeIndex()
})

async function startAgain(): Promise<void> {
  await git('reset', '--quiet', '--hard')
  await git('clean', '--quiet', '-fd')
}

test('the tree itself has no mistake', () => {
  expect(original.mistakes).toEqual([])
})

test('there are at least forty broken pushes with different names', () => {
  expect(brokenPushes.length).toBeGreaterThanOrEqual(40)
  expect(new Set(brokenPushes.map(({ name }) => name)).size).toBe(brokenPushes.length)
})

describe('a ref', () => {
  test.each(brokenPushes.flatMap((push) => (push.refspec ? [{ ...push, refspec: push.refspec }] : [])))('$name', ({
    refspec,
    says,
  }) => {
    const [from, ref = ''] = refspec.split(':')
    const { refusal } = judgeRef({ old: '1'.repeat(40), revision: (from ? '2' : '0').repeat(40), ref })
    for (const words of says) expect(refusal).toContain(words)
  })
})

describe('a change', () => {
  test.each(brokenPushes.filter(({ refspec }) => !refspec))('$by: $name', async ({ change, says, needsCluster }) => {
    await startAgain()
    await change(tree)
    await git('add', '--all')
    expect(await git('status', '--porcelain')).not.toBe('')
    if (needsCluster) return
    const { mistakes, hazards } = await judgeIndex()
    const lines = [
      ...mistakes.map((mistake) => textOf(mistake, false)),
      ...hazards.map(({ consequence }) => consequence),
    ]
    expect(
      lines.filter((line) => says.every((words) => line.includes(words))),
      lines.join('\n'),
    ).not.toEqual([])
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(200)
  })
})

// A clone made with --depth lacks these commits.
describe.skipIf(!(await hasHistory()))('a good change of the past', () => {
  test('there are at least fifty', () => {
    expect(goodChanges.length).toBeGreaterThanOrEqual(50)
  })

  test.for(goodChanges)('to $file in $commit is not rejected', async (change, { skip }) => {
    await startAgain()
    skip(!(await takeBack(change, tree)), 'later changes are on top of it')
    expect((await judgeIndex()).mistakes).toEqual([])
  })
})
