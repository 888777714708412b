/** The judges accept good changes of the past. */
import { beforeAll, describe, expect, test } from 'vitest'
import { goodChanges, hasHistory, takeBack } from '../good-changes.ts'
import { JudgedTree } from '../support/judging.ts'

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

// A clone made with --depth lacks these commits.
describe.skipIf(!(await hasHistory()))('good changes of the past', () => {
  test('are at least fifty that no later change is on top of', async () => {
    let taken = 0
    for (const change of goodChanges) {
      await tree.reset()
      if (await takeBack(change, tree.folder)) taken++
    }
    expect(taken).toBeGreaterThanOrEqual(50)
  })

  test.for([...new Set(goodChanges.map(({ commit }) => commit))])('in %s are not rejected', async (commit, {
    skip,
  }) => {
    await tree.reset()
    const changes = goodChanges.filter((change) => change.commit === commit)
    let taken = 0
    for (const change of changes) if (await takeBack(change, tree.folder)) taken++
    skip(taken === 0, 'later changes are on top of it')
    expect((await tree.judge(await tree.changes())).mistakes).toEqual([])
  })
})
