/** The judges find every broken push that needs no cluster, with the words of the table. */
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { textOf } from '../../cli/judge/objects.ts'
import { judgeRef } from '../../cli/judge/refs.ts'
import { type BrokenPush, brokenPushes } from '../broken-pushes.ts'
import { JudgedTree } from '../support/judging.ts'

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

test('the tree itself has no mistake', () => {
  expect(inject('original').mistakes).toEqual([])
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

type Change = BrokenPush & { files: string[] }

/** Judges changes together. @returns the lines for their author */
async function judge(changes: Change[]): Promise<string[]> {
  await tree.reset()
  for (const { change } of changes) await change(tree.folder)
  const { mistakes, hazards } = await tree.judge(await tree.changes())
  return [...mistakes.map((mistake) => textOf(mistake, false)), ...hazards.map(({ consequence }) => consequence)]
}

const isAbout = (line: string, { says }: Change) => says.every((words) => line.includes(words))

/** Whether the tree cannot be read or rendered with the change, so that the judges look no further. */
const endsJudgement = ({ by }: Change) => by === 'git' || by === 'kustomize'

describe('a change', () => {
  const pushes = brokenPushes.filter(({ refspec }) => !refspec)
  /** Changes of different files: judging each alone would take minutes. */
  const batches: Change[][] = []
  const judged = new Map<Change[], Promise<string[]>>()

  beforeAll(async () => {
    for (const push of pushes) {
      await tree.reset()
      await push.change(tree.folder)
      const change = { ...push, files: await tree.changes() }
      const isApart = (other: Change) => !other.files.some((file) => change.files.includes(file))
      const isAlone = push.needsCluster || endsJudgement(change)
      const batch = isAlone
        ? undefined
        : batches.find((one) => one.every((other) => isApart(other) && !endsJudgement(other)))
      if (batch) batch.push(change)
      else batches.push([change])
    }
  })

  test.each(pushes)('$by: $name', async ({ name, needsCluster }) => {
    const batch = batches.find((changes) => changes.some((one) => one.name === name)) ?? []
    const change = batch.find((one) => one.name === name) as Change
    expect(change.files).not.toEqual([])
    if (needsCluster) return
    const together = judged.get(batch) ?? judge(batch)
    judged.set(batch, together)
    const others = batch.filter((one) => one !== change)
    const own = (await together).filter((line) => !others.some((other) => isAbout(line, other)))
    // Another change may hide the mistake.
    const lines = own.some((line) => isAbout(line, change)) ? own : await judge([change])
    expect(
      lines.filter((line) => isAbout(line, change)),
      lines.join('\n'),
    ).not.toEqual([])
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(200)
  })
})
