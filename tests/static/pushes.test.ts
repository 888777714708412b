/** The judges find every broken push that needs no cluster, with the words of the table. */
import { beforeAll, describe, expect, test } from 'vitest'
import { textOf } from '../../cli/judge/objects.ts'
import { judgeRef } from '../../cli/judge/refs.ts'
import { brokenPushes } from '../broken-pushes.ts'
import { JudgedTree } from '../support/judging.ts'

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

test('the tree itself has no mistake', () => {
  expect(tree.original.mistakes).toEqual([])
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
    await tree.reset()
    await change(tree.folder)
    const files = await tree.changes()
    expect(files).not.toEqual([])
    if (needsCluster) return
    const { mistakes, hazards } = await tree.judge(files)
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
