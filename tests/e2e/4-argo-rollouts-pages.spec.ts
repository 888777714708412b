/** Controls a canary from the pages of Argo CD and of Argo Rollouts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { webPages } from '../../cli/pages.ts'
import { paths } from '../../cli/settings.ts'
import { kubectl, kubectlJson, toolEnvironment } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'
import { errorsOf, logIn, openWebApi, runAction, url } from '../support/argocd-pages.ts'
import { test } from '../support/canary.ts'
import type { Clone } from '../support/gitops.ts'
import { rolloutIs, weightsAre } from '../support/rollouts.ts'

test.use({ viewport: { width: 1600, height: 900 } })

/** Waits until version 2 gets 20 % of the requests and the rollout is paused. */
async function isPaused(): Promise<void> {
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
}

async function release2(clone: Clone): Promise<void> {
  await clone.release('2.0.0')
  await isPaused()
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
}

/** Names of the stable version's pods, without those that are being deleted. */
async function stablePods(): Promise<string[]> {
  const hash = await kubectl(['get', 'rollout', 'web-api', '--output=jsonpath={.status.stableRS}'])
  const pods = ['get', 'pods', `--selector=rollouts-pod-template-hash=${hash}`]
  const { items } = await kubectlJson<{ items: Pod[] }>(pods)
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.name]))
}

test.describe("by the Rollout's menu in Argo CD", () => {
  test.use({ baseURL: url })

  test('a viewer cannot change anything, and the deployer aborts, retries and resumes', async ({
    page,
    browser,
    clone,
  }) => {
    await release2(clone)
    const other = await browser.newPage({ baseURL: url })
    await logIn(other, 'viewer')
    await openWebApi(other)
    await runAction(other, 'Abort')
    await expect(other.getByText('Unable to execute resource action: permission denied')).toBeVisible()
    await other.close()
    await isPaused()

    await logIn(page, 'deployer')
    await openWebApi(page)
    await runAction(page, 'Abort')
    await weightsAre({ stable: 100, canary: 0 })
    await runAction(page, 'Retry')
    await isPaused()
    await runAction(page, 'Resume')
    await weightsAre({ stable: 100, canary: 0 })
    await rolloutIs('Healthy')
  })

  test('the deployer restarts the pods, and fully promotes a release', async ({ page, clone }) => {
    await logIn(page, 'deployer')
    await openWebApi(page)
    const before = await stablePods()
    await runAction(page, 'Restart Pods')
    const isReplaced = async () => {
      const now = await stablePods()
      return before.some((name) => !now.includes(name))
    }
    await until('a pod to be replaced', isReplaced, { seconds: 60 })
    await release2(clone)
    await runAction(page, 'Promote-Full')
    await rolloutIs('Healthy')
  })
})

test.describe("by Argo Rollouts' own dashboard", () => {
  let dashboard: ChildProcess

  test.beforeAll(async () => {
    const env = { ...process.env, ...toolEnvironment() }
    dashboard = spawn(join(paths.bin, 'kubectl'), ['argo', 'rollouts', 'dashboard'], { env })
    await new Promise<void>((started, failed) => {
      let printed = ''
      dashboard.stderr?.on('data', (data) => {
        printed += data
        if (printed.includes('Dashboard is now available')) started()
      })
      dashboard.once('exit', () => failed(new Error(printed)))
    })
  })

  test.afterAll(async () => {
    dashboard.kill()
    if (dashboard.exitCode === null) await once(dashboard, 'exit')
  })

  async function press(page: Page, action: string): Promise<void> {
    await page.getByRole('button', { name: action, exact: true }).click()
    await page.getByRole('button', { name: 'Yes' }).click()
  }

  test('a user aborts, retries and promotes a canary', async ({ page, clone }) => {
    const errors = errorsOf(page)
    await release2(clone)
    const rollouts = (await webPages()).find(({ name }) => name === 'Argo Rollouts')
    await page.goto(rollouts?.url ?? '')
    await page.getByText('web-api', { exact: true }).first().click()
    await expect(page.getByText('Set Weight: 20%')).toBeVisible()
    await press(page, 'Abort')
    await weightsAre({ stable: 100, canary: 0 })
    await press(page, 'Retry')
    await isPaused()
    await press(page, 'Promote')
    await rolloutIs('Healthy')
    expect(errors).toEqual([])
  })
})
