/** Runs the shell commands of the pages as their readers do. A page marks the blocks that no test runs, with the reason. */
import { expect, type Page, test } from '@playwright/test'
import { runBlock } from '../support/blocks.ts'
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
      await runBlock(clone, block)
      await sights[sight]?.(page)
    })
  }
})

test('the commands of all other pages succeed', async () => {
  // 4-own-service.spec.ts adds the files that the commands of docs/your-own-service.md need.
  const apart = ['README.md', 'docs/your-own-service.md']
  // 1-exercises.spec.ts and npm run test:exercises follow the exercises.
  const blocks = await blocksOfPages((file) => !apart.includes(file) && !file.startsWith('docs/exercises/'))
  expect(blocks.length).toBeGreaterThan(0)
  for (const block of blocks) await test.step(block.commands[0] ?? '', () => runBlock(clone, block))
})
