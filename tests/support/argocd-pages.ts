/** Argo CD's own pages in a browser. */
import { expect, type Page, type Request } from '@playwright/test'
import { ports } from '../../cli/settings.ts'
import { argoCdPassword } from '../../cli/system.ts'
import { ArgoCdCli } from './argocd.ts'

export const url = `http://127.0.0.1:${ports().argocd}`

/** Errors that the page writes to the console, except for the 401 that leads to the login. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', ({ message }) => void errors.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text())
  })
  return errors
}

/** Logs the administrator in with the page's form, and other accounts, which have no password, with a token. */
export async function logIn(page: Page, account = 'admin'): Promise<void> {
  if (account !== 'admin') {
    const argocd = await ArgoCdCli.login()
    await page.context().addCookies([{ name: 'argocd.token', value: await argocd.token(account), url }])
    return argocd.remove()
  }
  await page.goto('/login')
  await page.locator('input[name=username]').fill('admin')
  await page.locator('input[name=password]').fill(await argoCdPassword())
  await page.getByRole('button', { name: 'Sign In' }).click()
  await expect(page).toHaveURL(/\/applications/)
}

/** Opens the tree of the Application web-api, in a large window because the menu of a node at the edge closes by itself. */
export async function openWebApi(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1600, height: 2000 })
  await page.goto('/applications/argocd/web-api?view=tree')
}

/** Nodes of the tree by the label of their kind, such as `rs`. Some have an icon of letters before it. */
export const nodes = (page: Page, kind: string) =>
  page.locator('.application-resource-tree__node').filter({ hasText: new RegExp(`^[A-Z]*${kind}`) })

/** A button of the toolbar; its accessible name contains its icon's glyph. */
export const toolbarButton = (page: Page, name: string) =>
  page.locator('.top-bar button').filter({ hasText: new RegExp(`^\\s*${name}\\s*$`) })

/**
 * Runs an action of the Rollout's menu, such as `Abort`, and confirms it. When Argo CD redraws the tree, the menu closes: a click on its
 * item may be lost, or open the confirmation and fail nevertheless; and a click on the confirmation may time out after it has worked, and
 * the menu no longer offers the action. So this function repeats the clicks until the page has sent the action.
 */
export async function runAction(page: Page, action: string): Promise<void> {
  // The style sheet capitalizes the items.
  const item = page.getByRole('listitem').filter({ hasText: new RegExp(`^\\s*${action}\\s*$`, 'i') })
  const confirm = page.getByRole('button', { name: 'OK' })
  let isSent = false
  const note = (request: Request) => {
    isSent ||= request.method() === 'POST' && request.url().includes('/resource/actions')
  }
  page.on('request', note)
  await expect(async () => {
    if (isSent) return
    if (!(await confirm.isVisible())) {
      await nodes(page, 'rollout').locator('.application-resource-tree__node-menu button').click({ timeout: 5_000 })
      await item.click({ timeout: 3_000 })
    }
    await confirm.click({ timeout: 3_000 })
    expect(isSent).toBe(true)
  }).toPass({ timeout: 60_000 })
  page.off('request', note)
}
