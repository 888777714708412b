/** The analysis of a canary: it aborts bad releases, passes good ones, and is inconclusive without requests. */
import { expect } from '@playwright/test'
import { execa } from 'execa'
import { request } from 'undici'
import { paths, ports, root } from '../../cli/settings.ts'
import { makeVersion, test } from '../support/canary.ts'
import { type Clone, testIdentity } from '../support/gitops.ts'
import { haveEnded } from '../support/pods.ts'
import { allMeasured, argoRollouts, measured, rolloutIs, weightsAre } from '../support/rollouts.ts'
import { askMany, binomialInterval, type Load, listUrl, reportOf, startLoad } from '../support/traffic.ts'

test.setTimeout(300_000)

let load: Load | undefined

test.afterEach(async () => {
  await load?.stop()
  load = undefined
})

/** Releases a bad version under load, and expects that within a minute no user gets it any more. */
async function expectSentBack(clone: Clone, version: string): Promise<void> {
  const running = startLoad(100)
  load = running
  await clone.release(version)
  await weightsAre({ stable: 80, canary: 20 })
  await weightsAre({ stable: 100, canary: 0 })
  const goneBack = performance.now()
  await expect(async () => expect(await askMany(200)).toEqual({ '1.0.0': 200 })).toPass({ timeout: 30_000 })
  const answers = await running.stop()
  const first = answers.find((answer) => answer.version === version)?.dueAt ?? Number.NaN
  expect(goneBack - first).toBeLessThan(60_000)
  const meanwhile = answers.filter(({ dueAt }) => dueAt >= first && dueAt <= goneBack)
  const exposed = meanwhile.filter((answer) => answer.version === version).length
  expect(exposed).toBeLessThanOrEqual(binomialInterval(meanwhile.length, 0.2)[1])
  expect(answers.filter((answer) => answer.failure && answer.version !== version)).toEqual([])
  console.log(`${version}: back after ${Math.round(goneBack - first)} ms, ${exposed} of ${meanwhile.length} exposed`)
}

test('a slow release is aborted within a minute, with the reason', { tag: '@long' }, async ({ clone }) => {
  await makeVersion('2.3.0', '--slow', '800')
  await expectSentBack(clone, '2.3.0')
  await rolloutIs('Degraded')
  expect(await argoRollouts('get', 'rollout')).toContain('Metric "p95" assessed Failed')
  expect((await measured()).find(({ phase }) => phase === 'Failed')?.name).toBe('p95')
})

test('a failing release is aborted within a minute, and watch --rollback reverts git with one commit although two processes watch', async ({
  clone,
}) => {
  await makeVersion('2.2.0', '--fail', '30')
  const watching = [1, 2].map(() =>
    execa(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'watch', '--rollback'], {
      cwd: root,
      env: testIdentity,
      reject: false,
    }),
  )
  await expectSentBack(clone, '2.2.0')
  const log = async () =>
    (await execa('git', ['--git-dir', paths.git, 'log', '--format=%B', `${clone.original}..main`])).stdout
  await expect(async () => expect(await log()).toContain('web-api back to 1.0.0, from 2.2.0')).toPass({
    timeout: 120_000,
  })
  await rolloutIs('Healthy')
  for (const watcher of watching) watcher.kill('SIGTERM')
  await Promise.all(watching)
  expect(await log()).toMatch(/The analysis web-api-\S+ sent it back: error-share \[/)
  expect((await log()).match(/back to 1\.0\.0/g)).toHaveLength(1)
})

test('a good release passes the analysis, waits for its promotion, and loses no request', async ({ clone }) => {
  const running = startLoad(100)
  load = running
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await allMeasured('successful', 4)
  await rolloutIs('Paused')
  await weightsAre({ stable: 80, canary: 20 })
  await argoRollouts('promote')
  await rolloutIs('Healthy')
  await expect(async () => expect(await askMany(100)).toEqual({ '2.0.0': 100 })).toPass({ timeout: 30_000 })
  await haveEnded('1.0.0')
  expect(reportOf(await running.stop()).failures).toEqual({})
})

test('without requests the analysis is inconclusive, and the rollout stays paused', async ({ clone }) => {
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await allMeasured('inconclusive', 2)
  await rolloutIs('Paused')
  await weightsAre({ stable: 80, canary: 20 })
})

test('a request with x-canary gets the canary while there is one, and everything else as without the header', async ({
  clone,
}) => {
  const versionWith = async (url: string) => {
    const { statusCode, headers, body } = await request(url, { headers: { 'x-canary': 'always' } })
    await body.dump()
    return `${statusCode} ${headers['x-version']}`
  }
  expect(await versionWith(listUrl)).toBe('200 1.0.0')
  await clone.release('2.0.0')
  await rolloutIs('Paused')
  await expect(async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => versionWith(listUrl)))
    expect(new Set(answers)).toEqual(new Set(['200 2.0.0']))
  }).toPass({ timeout: 30_000 })
  expect(await versionWith(`http://127.0.0.1:${ports().web}/`)).toMatch(/^200 /)
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  await expect(async () => expect(await versionWith(listUrl)).toBe('200 1.0.0')).toPass({ timeout: 30_000 })
})

test('overlay canary-auto promotes a good release by itself, with 50 % in between', { tag: '@long' }, async ({
  clone,
}) => {
  await clone.useOverlay('canary-auto')
  await clone.synced()
  load = startLoad(100)
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await weightsAre({ stable: 50, canary: 50 })
  await weightsAre({ stable: 0, canary: 100 })
  await rolloutIs('Healthy')
  const answers = await load.stop()
  expect(reportOf(answers).failures).toEqual({})
  await expect(async () => expect(await askMany(100)).toEqual({ '2.0.0': 100 })).toPass({ timeout: 30_000 })
})

test('overlay canary-mirror aborts a bad release before any user gets a response from it', async ({ clone }) => {
  await makeVersion('2.2.0', '--fail', '30')
  await clone.useOverlay('canary-mirror')
  await clone.synced()
  load = startLoad(100)
  await clone.release('2.2.0')
  await rolloutIs('Degraded')
  const answers = await load.stop()
  expect(await argoRollouts('get', 'rollout')).toContain('Metric "error-share" assessed Failed')
  expect(answers.filter(({ failure, version }) => failure || version !== '1.0.0')).toEqual([])
})
