/** Each page of docs/exercises makes the change that `--solve` prints, and the hook would accept it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { exercise } from '../../cli/cmd/exercise.ts'
import { exercises } from '../../cli/exercises/exercises.ts'
import { root } from '../../cli/settings.ts'
import { pageOf, wrongSolutions } from '../support/exercises.ts'
import { JudgedTree } from '../support/judging.ts'
import { addTo, blocksOf, filesInGit } from '../support/pages.ts'

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

const numbers = exercises.map((_, index) => index + 1)

async function textsIn(folder: string, files: string[]): Promise<string[]> {
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
}

/** The diff that `npm run exercise -- N --solve` prints. */
const solution = async (number: number) => `${await exercise(String(number), { solve: true })}\n`

describe.each(numbers)('exercise %i', (number) => {
  const { title = '', changes = {}, page = '' } = exercises[number - 1] ?? {}
  const files = Object.keys(changes)

  test('its page has its title, and the index has its page', async () => {
    expect((await pageOf(number)).text).toMatch(`# ${number}. ${title}\n`)
    expect(await readFile(join(root, 'docs/exercises/README.md'), 'utf8')).toContain(`${number}. [${title}](${page})\n`)
  })

  test('git apply makes the change of --solve, which the hook would accept', async () => {
    await tree.reset()
    await execa('git', ['apply'], { cwd: tree.folder, input: await solution(number) })
    const changed = await tree.changes()
    expect(changed).not.toEqual([])
    expect(files).toEqual(expect.arrayContaining(changed))
    expect(await tree.judge(changed)).toMatchObject({ mistakes: [], hazards: [] })
  })

  // npm run fault makes the change of exercise 9.
  test.skipIf(number === 9)('its page makes the same change', async () => {
    await tree.reset()
    await execa('git', ['apply'], { cwd: tree.folder, input: await solution(number) })
    const solved = await textsIn(tree.folder, files)
    await tree.reset()
    await addTo(tree.folder, await pageOf(number))
    const commands = blocksOf(await pageOf(number)).flatMap((block) => block.commands)
    const commit = commands.findIndex((command) => command.startsWith('git commit'))
    for (const command of commands.slice(0, commit)) if (command.startsWith('perl')) await tree.run(command)
    expect(await textsIn(tree.folder, files)).toEqual(solved)
  })
})

test('every page is an exercise, and each has three wrong solutions', async () => {
  const pages = await filesInGit('docs/exercises/*.md')
  expect(pages.toSorted()).toEqual(
    ['README.md', ...exercises.map(({ page }) => page)].map((page) => `docs/exercises/${page}`).toSorted(),
  )
  for (const number of numbers) expect(new Set(wrongSolutions[number]?.map(({ says }) => says)).size).toBe(3)
})
