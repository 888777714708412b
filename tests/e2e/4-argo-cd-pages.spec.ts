/** Argo CD's own pages in a browser: log in, see what runs below an Application, read a pod's log. */
import { expect, type Page, test } from '@playwright/test'
import { ports } from '../../cli/settings.ts'
import { argoCdPassword } from '../../cli/system.ts'

const url = `http://127.0.0.1:${ports().argocd}`

test.use({ baseURL: url, viewport: { width: 1600, height: 900 } })

/** Errors that the page writes to the console, but for the 401 that sends a visitor to the login. */
function errorsOf(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', ({ message }) => void errors.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text())
  })
  return errors
}

async function logIn(page: Page): Promise<void> {
  await page.goto('/login')
  await page.locator('input[name=username]').fill('admin')
  await page.locator('input[name=password]').fill(await argoCdPassword())
  await page.getByRole('button', { name: 'Sign In' }).click()
  await expect(page).toHaveURL(/\/applications/)
}

test('the administrator logs in, and sees the Application with its ReplicaSet and pods, and the log of a pod', async ({
  page,
}) => {
  const errors = errorsOf(page)
  await logIn(page)
  await expect(page.getByText('web-api', { exact: true }).first()).toBeVisible()
  await page.goto('/applications/argocd/web-api?view=tree')
  const nodes = page.locator('.application-resource-tree__node')
  for (const kind of ['rollout', 'rs', 'pod']) await expect(nodes.filter({ hasText: kind }).first()).toBeVisible()
  await nodes.filter({ hasText: /^pod/ }).first().click()
  await page.getByText('LOGS', { exact: true }).click()
  await expect(page.getByText('"service":"web-api"').first()).toBeVisible()
  expect(errors).toEqual([])
})

test('the pages that one opens by their address are there, without an error in the console', async ({ page }) => {
  const errors = errorsOf(page)
  await logIn(page)
  for (const [path, text] of [
    ['/settings/projects/cloud-native-canary', 'The four services and their place in the mesh'],
    ['/user-info', 'admin'],
    ['/help', 'Want to download the CLI tool?'],
  ] as const) {
    await page.goto(path)
    await expect(page.getByText(text).first(), path).toBeVisible()
  }
  expect(errors).toEqual([])
})
