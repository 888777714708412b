/** Argo CD's own pages in a browser: log in, see the resources of an Application, read a pod's log, see a diff, and sync. */
import { expect, test } from '@playwright/test'
import { kubectl } from '../../cli/tools.ts'
import { errorsOf, logIn, nodes, openWebApi, toolbarButton, url } from '../support/argocd-pages.ts'
import { Clone } from '../support/gitops.ts'

test.use({ baseURL: url, viewport: { width: 1600, height: 900 } })

test('the administrator logs in, and sees the Application with its ReplicaSet and pods, and the log of a pod', async ({
  page,
}) => {
  const errors = errorsOf(page)
  await logIn(page)
  await expect(page.getByText('web-api', { exact: true }).first()).toBeVisible()
  await openWebApi(page)
  for (const kind of ['rollout', 'rs', 'pod']) await expect(nodes(page, kind).first()).toBeVisible()
  await nodes(page, 'pod').first().click()
  await page.getByText('LOGS', { exact: true }).click()
  await expect(page.getByText('"service":"web-api"').first()).toBeVisible()
  expect(errors).toEqual([])
})

test('pages open by their URL without an error in the console', async ({ page }) => {
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

test.describe('an object that someone has deleted', () => {
  let clone: Clone

  test.beforeAll(async () => {
    clone = await Clone.make()
    await clone.edit('apps/shared/application.yaml', 'selfHeal: true', 'selfHeal: false')
    await clone.push('Argo CD does not heal')
    await clone.synced()
  })

  test.afterAll(() => clone.restore())

  const object = ['poddisruptionbudget', 'web-api']
  const status = '.application-status-panel'

  for (const account of ['viewer', 'deployer', 'admin'])
    test(`is OutOfSync and in the diff, and ${account === 'viewer' ? 'a viewer cannot' : `${account} can`} sync it`, async ({
      page,
    }) => {
      await kubectl(['delete', ...object, '--ignore-not-found'])
      await logIn(page, account)
      await openWebApi(page)
      await expect(page.locator(status)).toContainText('OutOfSync')
      await toolbarButton(page, 'Diff').click()
      await expect(page.locator('.application-resources-diff')).toContainText('kind: PodDisruptionBudget')
      await openWebApi(page)
      await toolbarButton(page, 'Sync').click()
      await page.getByRole('button', { name: 'Synchronize' }).click()
      if (account === 'viewer') {
        await expect(page.getByText('Unable to sync: permission denied')).toBeVisible()
        await expect(page.locator(status)).toContainText('OutOfSync')
      } else {
        await expect(page.locator(status)).toContainText(/\bSynced/, { timeout: 30_000 })
        expect(await kubectl(['get', ...object, '--output=name'])).toContain('web-api')
      }
    })
})
