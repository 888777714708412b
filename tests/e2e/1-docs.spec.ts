/** Runs the shell commands of the pages as their readers do. A page marks the blocks that no test runs, with the reason. */
import { expect, type Page, test } from '@playwright/test'
import { execa } from 'execa'
import { toolEnvironment } from '../../cli/tools.ts'
import { Clone } from '../support/gitops.ts'
import { type Block, blocksOf, readPages } from '../support/pages.ts'
import { finishRollout, rolloutIs, weightsAre } from '../support/rollouts.ts'

test.setTimeout(300_000)

let clone: Clone

test.beforeEach(async () => {
  clone = await Clone.make()
  await clone.addUserSetup()
})

test.afterEach(async () => {
  await clone.restore()
  await finishRollout()
})

/** Runs a command, which fails only when its comment says that something rejects it. @returns what it prints */
async function run(command: string): Promise<string> {
  // A user's shell has this environment after the `export` line that npm start prints.
  const options = { shell: true, cwd: clone.folder, env: toolEnvironment(), stdin: 'ignore' } as const
  const { failed, all } = await execa(command, { ...options, all: true, reject: false })
  expect(failed, `${command}\n${all}`).toBe(/# .*\brejects\b/.test(command))
  return all
}

/** Runs the commands of a block, and expects the output that the page promises. Waits until Argo CD has synced what they push. */
async function runBlock({ commands, output }: Block): Promise<void> {
  const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')
  let printed = ''
  for (const command of commands) printed += await run(command)
  for (const line of output) expect(oneLine(printed)).toContain(oneLine(line))
  if (commands.some((command) => /^(git push|git pull|npm run fault)\b/.test(command))) await clone.synced()
}

/** The blocks of these pages that are not marked. */
async function blocksOfPages(isWanted: (file: string) => boolean): Promise<Block[]> {
  const pages = (await readPages()).filter(({ file }) => isWanted(file))
  return pages.flatMap(blocksOf).filter(({ notRun }) => !notRun)
}

/** What README says that its reader sees after each block, by a word of the block. */
const sights: Record<string, (page: Page) => Promise<void>> = {
  'newTag: 2.0.0': async (page) => {
    await weightsAre({ stable: 80, canary: 20 })
    await expect(page.locator('[data-version="2.0.0"]')).toBeVisible()
    await rolloutIs('Paused')
  },
  'rollouts promote': async (page) => {
    await gets100Percent(page, '2.0.0')
    await rolloutIs('Healthy')
  },
  'npm run rollback': async (page) => {
    await gets100Percent(page, '1.0.0')
    await rolloutIs('Healthy')
  },
  'host: web-ap/': async (page) => {
    await gets100Percent(page, '1.0.0')
  },
}

/** Waits until the last responses on the Traffic page are all of that version, and expects that it has counted no error. */
async function gets100Percent(page: Page, version: string): Promise<void> {
  const share = page.locator(`[data-version="${version}"]`).getByRole('cell').first()
  await expect(share).toHaveText('100%', { timeout: 60_000 })
  await expect(page.getByTestId('errors')).toHaveText('0')
}

test("README's first five minutes: each block does what the page says, and the Traffic page shows it", async ({
  page,
}) => {
  await page.goto('/traffic')
  await page.getByRole('button', { name: 'Start' }).click()
  await gets100Percent(page, '1.0.0')
  const blocks = await blocksOfPages((file) => file === 'README.md')
  expect(blocks).toHaveLength(Object.keys(sights).length)
  for (const block of blocks) {
    const [sight, ...others] = Object.keys(sights).filter((word) => block.commands.join('\n').includes(word))
    if (!sight || others.length > 0)
      throw new Error(`sights has no entry, or several, for ${block.commands.join('; ')}`)
    await test.step(sight, async () => {
      await runBlock(block)
      await sights[sight]?.(page)
    })
  }
})

test('the commands of all other pages succeed', async () => {
  const blocks = await blocksOfPages((file) => file !== 'README.md')
  expect(blocks.length).toBeGreaterThan(0)
  for (const block of blocks) await test.step(block.commands[0] ?? '', () => runBlock(block))
})
