/** A canary steered from the pages of Argo CD and of Argo Rollouts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { webPages } from '../../cli/pages.ts'
import { paths } from '../../cli/settings.ts'
import { kubectl, kubectlJson, toolEnvironment } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'
import { errorsOf, logIn, openWebApi, runAction, url } from '../support/argocd-pages.ts'
import { Clone } from '../support/gitops.ts'
import { finishRollout, rolloutIs, weightsAre } from '../support/rollouts.ts'

test.setTimeout(300_000)
test.use({ viewport: { width: 1600, height: 900 } })

let clone: Clone

test.beforeEach(async () => {
  clone = await Clone.make()
  await rolloutIs('Healthy')
})

test.afterEach(async () => {
  await clone.restore()
  await finishRollout()
})

/** Pushes a version, and waits until a fifth of the requests go there and the rollout waits for a person. */
async function release(version: string): Promise<void> {
  await clone.release(version)
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
}

/** Names of the stable version's pods, but for those that are being deleted. */
async function stablePods(): Promise<string[]> {
  const hash = await kubectl(['get', 'rollout', 'web-api', '--output=jsonpath={.status.stableRS}'])
  const pods = ['get', 'pods', `--selector=rollouts-pod-template-hash=${hash}`]
  const { items } = await kubectlJson<{ items: Pod[] }>(pods)
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.name]))
}

test.describe("by the Rollout's menu in Argo CD", () => {
  test.use({ baseURL: url })

  test('a viewer changes nothing; the deployer restarts pods, aborts, tries again, resumes, and promotes at once', async ({
    page,
    browser,
  }) => {
    await logIn(page, 'deployer')
    await openWebApi(page)
    const before = await stablePods()
    await runAction(page, 'Restart Pods')
    const replaced = async () => {
      const now = await stablePods()
      return before.some((name) => !now.includes(name))
    }
    await until('a pod to be replaced', replaced, { seconds: 30 })

    await release('2.0.0')
    const other = await browser.newPage({ baseURL: url })
    await logIn(other, 'viewer')
    await openWebApi(other)
    await runAction(other, 'Abort')
    await expect(other.getByText('Unable to execute resource action: permission denied')).toBeVisible()
    await other.close()
    await weightsAre({ stable: 80, canary: 20 })

    await runAction(page, 'Abort')
    await weightsAre({ stable: 100, canary: 0 })
    await runAction(page, 'Retry')
    await weightsAre({ stable: 80, canary: 20 })
    await rolloutIs('Paused')
    await runAction(page, 'Resume')
    await weightsAre({ stable: 100, canary: 0 })
    await rolloutIs('Healthy')

    await clone.release('1.0.0')
    await clone.synced()
    await release('2.0.0')
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

  test('a canary is aborted, tried again and promoted', async ({ page }) => {
    const errors = errorsOf(page)
    await release('2.0.0')
    const { url } = (await webPages()).find(({ name }) => name === 'Argo Rollouts') ?? { url: '' }
    await page.goto(url)
    await page.getByText('web-api', { exact: true }).first().click()
    await expect(page.getByText('Set Weight: 20%')).toBeVisible()
    await press(page, 'Abort')
    await weightsAre({ stable: 100, canary: 0 })
    await press(page, 'Retry')
    await weightsAre({ stable: 80, canary: 20 })
    await rolloutIs('Paused')
    await press(page, 'Promote')
    await rolloutIs('Healthy')
    expect(errors).toEqual([])
  })
})
