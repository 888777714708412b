/** Both pages in a browser, in all states, light and dark, from phone to wide screen. */
import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from '../support/accessibility.ts'

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 768, 1600]) {
    test.describe(`${colorScheme}, ${width} pixels wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } })

      test('the articles fit and are accessible', async ({ page }) => {
        await page.goto('/')
        await expect(page.getByRole('table').locator('tbody tr').first()).toBeVisible()
        await expectToFit(page)
        await page.screenshot({ path: `test-results/articles-${colorScheme}-${width}.png` })
      })

      test('Traffic fits and is accessible', async ({ page }) => {
        await page.goto('/traffic')
        await page.getByRole('button', { name: 'Start' }).click()
        await expect(page.getByTestId('answers')).not.toHaveText('0')
        await expectToFit(page)
        await page.screenshot({ path: `test-results/traffic-${colorScheme}-${width}.png` })
      })
    })
  }
}

/** Expects that nothing is wider than the window, and that axe finds no violation. */
async function expectToFit(page: Page): Promise<void> {
  const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(wider).toBe(0)
  await expectAccessible(page)
}

test('the page shows that it is loading the list', async ({ page }) => {
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  await page.route('**/getmultiple', async (route) => {
    await held
    await route.continue()
  })
  await page.goto('/')
  await expect(page.getByText('Loading articles…')).toBeVisible()
  await expectAccessible(page)
  go()
  await expect(page.getByTestId('version')).toHaveText('1.0.0')
})

test('without a connection the page shows an error, keeps the list, and retries on request', async ({
  page,
  context,
}) => {
  await page.goto('/')
  await expect(page.getByTestId('version')).toHaveText('1.0.0')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Load again' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await expectAccessible(page)
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('alert')).toBeHidden()
  await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(5)
})

test('the form shows the errors of an article at its fields, and keeps the input', async ({ page }) => {
  await page.goto('/')
  await page.getByLabel('Title').fill('An article without an address')
  await page.getByLabel('Address (URL)').fill('ftp://example.com/')
  await page.getByRole('button', { name: 'Create article' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Address (URL)')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByLabel('Author')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByLabel('Title')).toHaveValue('An article without an address')
  await expectAccessible(page)
})

test('Traffic counts errors, and continues when the connection is back', async ({ page, context }) => {
  await page.goto('/traffic')
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByTestId('answers')).not.toHaveText('0')
  await context.setOffline(true)
  await expect(page.getByTestId('errors')).not.toHaveText('0')
  await expectAccessible(page)
  await context.setOffline(false)
  const [answers, errors] = [page.getByTestId('answers'), page.getByTestId('errors')]
  await expect(async () => {
    const before = { answers: await answers.innerText(), errors: await errors.innerText() }
    await expect(answers).not.toHaveText(before.answers)
    expect(await errors.innerText()).toBe(before.errors)
  }).toPass({ timeout: 15_000 })
})
