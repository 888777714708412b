/** The table of broken pushes: each is a change to today's tree. */
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { brokenPushes } from './broken-pushes.ts'
import { copyOfTree } from './support/tree.ts'

let tree: string

const git = async (...args: string[]) =>
  (await execa('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: tree })).stdout

beforeAll(async () => {
  tree = await copyOfTree()
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'what works')
})

test('there are forty broken pushes at least, and each has a name of its own', () => {
  expect(brokenPushes.length).toBeGreaterThanOrEqual(40)
  expect(new Set(brokenPushes.map(({ name }) => name)).size).toBe(brokenPushes.length)
})

test.each(brokenPushes.filter(({ refspec }) => !refspec))('$name is a change to this tree', async ({ change }) => {
  await git('reset', '--quiet', '--hard')
  await git('clean', '--quiet', '-fd')
  await change(tree)
  await git('add', '--all')
  expect(await git('status', '--porcelain')).not.toBe('')
})
