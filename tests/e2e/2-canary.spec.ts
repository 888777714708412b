/** A canary of web-api from the push to its promotion or abort, as the browser sees it. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { tool } from '../../cli/tools.ts'
import { ArgoCdCli } from '../support/argocd.ts'
import { test } from '../support/canary.ts'
import { argoRollouts, rolloutIs, weightsAre } from '../support/rollouts.ts'
import { askMany, binomialInterval } from '../support/traffic.ts'

test('a push releases version 2 to 20 %, the browser sees both versions, and promote releases it to all', async ({
  page,
  clone,
}) => {
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  const answers = await askMany(1000)
  const [least, most] = binomialInterval(1000, 0.2)
  expect(answers['2.0.0']).toBeGreaterThanOrEqual(least)
  expect(answers['2.0.0']).toBeLessThanOrEqual(most)

  await page.goto('/traffic')
  await page.getByRole('slider', { name: 'Requests per second' }).fill('30')
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.locator('[data-version="1.0.0"]')).toBeVisible()
  await expect(page.locator('[data-version="2.0.0"]')).toBeVisible()

  await rolloutIs('Paused')
  await argoRollouts('promote')
  await weightsAre({ stable: 100, canary: 0 })
  await rolloutIs('Healthy')
  expect(await askMany(200)).toEqual({ '2.0.0': 200 })
  await expect(page.locator('[data-version="2.0.0"]').getByRole('cell').first()).toHaveText('100%')
  await expect(page.getByTestId('errors')).toHaveText('0')

  await page.goto('/')
  await expect(page.getByTestId('version')).toHaveText('2.0.0')
  await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(10)
})

test('a sync during a canary does not change its weights', async ({ clone }) => {
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await clone.edit(
    'base/web-api/pod-disruption-budget.yaml',
    'name: web-api',
    'name: web-api\n  labels:\n    app: web-api',
  )
  await clone.push('an object beside the canary')
  await clone.synced()
  await weightsAre({ stable: 80, canary: 20 })
})

test('repeated hard refreshes and syncs never change a weight', async ({ clone }) => {
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
  await clone.synced()
  const weights = '{.spec.http[?(@.name=="getmultiple")].route[*].weight}{"\\n"}'
  const name = 'virtualservice/web-api'
  // A watch shows every change, however short.
  const watch = tool('kubectl', ['get', name, '--watch', `--output=jsonpath=${weights}`], { reject: false })
  const argocd = await ArgoCdCli.login()
  const syncs = []
  for (let second = 0; second < 10; second++) {
    syncs.push(argocd.run('app', 'get', 'web-api', '--hard-refresh'), argocd.run('app', 'sync', 'web-api'))
    await delay(1000)
  }
  const outputs = (await Promise.all(syncs)).map(({ output }) => output)
  await argocd.remove()
  watch.kill()
  const seen = String((await watch).stdout)
    .trim()
    .split('\n')
  expect(new Set(seen)).toEqual(new Set(['80 20']))
  // Argo CD runs one sync at a time and rejects others meanwhile.
  expect(outputs.filter((output) => /Phase:\s+Succeeded/.test(output)).length).toBeGreaterThan(5)
})
