/** The article's two steps, as users take them: a change in git, a push, and requests through the gateway. */
import { expect, test } from '@playwright/test'
import { Clone } from '../support/gitops.ts'
import { askMany, binomialInterval } from '../support/traffic.ts'

let clone: Clone

test.beforeAll(async () => {
  clone = await Clone.make()
})

test.afterAll(() => clone.restore())

test('step 1: two versions run side by side and version 1 gets every request', async ({ page }) => {
  await clone.useOverlay('v1')
  await clone.synced()
  expect(await askMany(200)).toEqual({ '1.0.0': 200 })
  await page.goto('/')
  await expect(page.getByTestId('version')).toHaveText('1.0.0')
  await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(5)
})

test('step 2: a push sends 20 % of the requests to version 2', async () => {
  await clone.useOverlay('split')
  await clone.synced()
  const answers = await askMany(1000)
  const [least, most] = binomialInterval(1000, 0.2)
  expect(answers['2.0.0']).toBeGreaterThanOrEqual(least)
  expect(answers['2.0.0']).toBeLessThanOrEqual(most)
  expect(answers['1.0.0']).toBe(1000 - (answers['2.0.0'] ?? 0))
})
