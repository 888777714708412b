/** The judges accept good changes of the past. */
import { beforeAll, expect, test } from 'vitest'
import { goodChanges, hasHistory, takeBack } from '../good-changes.ts'
import { JudgedTree } from '../support/judging.ts'

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

// A clone made with --depth lacks these commits.
test.skipIf(!(await hasHistory()))('at least fifty good changes of the past are not rejected', async () => {
  let open = goodChanges
  let good = 0
  for (;;) {
    await tree.reset()
    const left: typeof open = []
    for (const change of open) if (!(await takeBack(change, tree.folder))) left.push(change)
    // Later changes are on top of those that are left.
    if (left.length === open.length) break
    expect((await tree.judge(await tree.changes())).mistakes).toEqual([])
    good += open.length - left.length
    // Two changes of one file may be in each other's way.
    open = left
  }
  expect(good).toBeGreaterThanOrEqual(50)
})
