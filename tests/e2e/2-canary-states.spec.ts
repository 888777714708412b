/** A canary in each of its states: on every route, with a pod missing, aborted, promoted, and synced meanwhile. */
import { expect } from '@playwright/test'
import { execa } from 'execa'
import { reasons } from '../../cli/health.ts'
import { paths, ports, profile, root } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'
import { ArgoCdCli } from '../support/argocd.ts'
import { releaseToPause, test } from '../support/canary.ts'
import { testIdentity } from '../support/gitops.ts'
import { podsOfRole } from '../support/pods.ts'
import { allMeasured, argoRollouts, rolloutIs, weightsAre } from '../support/rollouts.ts'
import { askMany, binomialInterval, createMany, listUrl, reportOf, startLoad } from '../support/traffic.ts'

test.setTimeout(300_000)

const web = `http://127.0.0.1:${ports().web}`

test.afterEach(() => kubectl(['uncordon', profile]))

const eventually = (check: () => Promise<void>) => expect(check).toPass({ timeout: 30_000 })

test('the canary gets 20 % of the creates, and no requests for /openapi', async ({ clone }) => {
  await releaseToPause(clone)
  const versions = await createMany(1000)
  const [least, most] = binomialInterval(1000, 0.2)
  expect(versions['2.0.0']).toBeGreaterThanOrEqual(least)
  expect(versions['2.0.0']).toBeLessThanOrEqual(most)
  await eventually(async () => expect(await createMany(20, { 'x-canary': 'always' })).toEqual({ '2.0.0': 20 }))
  for (let count = 0; count < 30; count++) {
    const answer = await fetch(`${web}/openapi`)
    await answer.body?.cancel()
    expect(answer.headers.get('x-version')).toBe('1.0.0')
  }
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  await eventually(async () => expect(await createMany(100)).toEqual({ '1.0.0': 100 }))
})

test('an abort does not wait for a pod of stable that cannot start', async ({ clone }) => {
  await releaseToPause(clone)
  await kubectl(['cordon', profile])
  const [pod = ''] = await podsOfRole('stable')
  await kubectl(['delete', 'pod', pod, '--wait=false'])
  const isAway = async () => {
    const phases = await kubectl([
      'get',
      'pods',
      '--selector=app=web-api',
      '--output=jsonpath={.items[*].status.phase}',
    ])
    return phases.includes('Pending')
  }
  await until('a pod of stable that is not scheduled', isAway, { seconds: 60, why: reasons })
  const start = performance.now()
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  console.log(`100/0 after ${Math.round(performance.now() - start)} ms`)
  await eventually(async () => expect(await askMany(100)).toEqual({ '1.0.0': 100 }))
})

test('deleting a pod of the canary loses no request, and testers keep their route', async ({ clone }) => {
  await releaseToPause(clone)
  const load = startLoad(100)
  const [pod = ''] = await podsOfRole('canary')
  await kubectl(['delete', 'pod', pod])
  const hasTwo = async () => (await podsOfRole('canary')).length === 2
  await until('two pods of the canary', hasTwo, { seconds: 60, why: reasons })
  await rolloutIs('Paused')
  await weightsAre({ stable: 80, canary: 20 })
  for (let count = 0; count < 30; count++) {
    const answer = await fetch(listUrl, { headers: { 'x-canary': 'always' } })
    await answer.body?.cancel()
    expect(answer.headers.get('x-version')).toBe('2.0.0')
  }
  expect(reportOf(await load.stop()).failures).toEqual({})
})

test('after a promotion a revert returns all users to version 1 without a canary', async ({ clone }) => {
  await releaseToPause(clone)
  await argoRollouts('promote')
  await rolloutIs('Healthy')
  await eventually(async () => expect(await askMany(100)).toEqual({ '2.0.0': 100 }))
  const load = startLoad(100, 30)
  const start = performance.now()
  await clone.release('1.0.0')
  await expect(async () => expect(await askMany(100)).toEqual({ '1.0.0': 100 })).toPass({ timeout: 60_000 })
  console.log(`all on version 1 after ${Math.round(performance.now() - start)} ms`)
  await rolloutIs('Healthy')
  expect(reportOf(await load.ended).failures).toEqual({})
})

test('status calls an aborted release Aborted, and status and start succeed', async ({ clone }) => {
  await releaseToPause(clone)
  await argoRollouts('abort')
  await rolloutIs('Degraded')
  const npm = (...args: string[]) => execa('npm', args, { cwd: root, all: true, reject: false })
  await expect(async () => {
    const { exitCode, all } = await npm('run', '--silent', 'status')
    expect(all).toMatch(/web-api +Synced +Aborted/)
    expect(exitCode).toBe(0)
  }).toPass({ timeout: 30_000 })
  expect((await npm('start')).exitCode).toBe(0)
})

test('during a canary Argo CD prunes at once after a push, and continues to self-heal', async ({ clone }) => {
  await releaseToPause(clone)
  await clone.edit('base/web-api/kustomization.yaml', '  - pod-disruption-budget.yaml\n', '')
  await clone.push('no PodDisruptionBudget')
  await clone.synced()
  const budget = ['get', 'poddisruptionbudget', 'web-api', '--ignore-not-found', '--output=name']
  await until('the PodDisruptionBudget to be pruned', async () => (await kubectl(budget)) === '', { seconds: 60 })
  await kubectl(['delete', 'virtualservice', 'web-api'])
  await expect(async () => expect((await fetch(listUrl)).status).toBe(200)).toPass({ timeout: 60_000 })
  await weightsAre({ stable: 80, canary: 20 })
})

test('after a server-side sync during a canary testers keep their route, and Argo Rollouts restores the weights', async ({
  clone,
}) => {
  await releaseToPause(clone)
  await clone.synced()
  const argocd = await ArgoCdCli.login()
  const { output } = await argocd.run('app', 'sync', 'web-api', '--server-side')
  await argocd.remove()
  expect(output).toMatch(/Phase:\s+Succeeded/)
  await weightsAre({ stable: 80, canary: 20 })
  await eventually(async () => expect(await createMany(20, { 'x-canary': 'always' })).toEqual({ '2.0.0': 20 }))
})

test('npm run rollback aborts the release in progress, and pushes the version before', async ({ clone }) => {
  await releaseToPause(clone)
  const run = () => execa('npm', ['run', '--silent', 'rollback'], { cwd: root, env: testIdentity, all: true })
  const before = (await execa('git', ['status', '--porcelain'], { cwd: root })).stdout
  expect((await run()).all).toContain('web-api back to 1.0.0, from 2.0.0: pushed')
  await weightsAre({ stable: 100, canary: 0 })
  await rolloutIs('Healthy')
  expect((await execa('git', ['status', '--porcelain'], { cwd: root })).stdout).toBe(before)
  const log = ['--git-dir', paths.git, 'log', '-1', '--format=%an: %B', 'main']
  expect((await execa('git', log)).stdout).toMatch(
    /^Test: web-api back to 1\.0\.0, from 2\.0\.0\n\nA person asked for it/,
  )
})

test('overlay blue-green: only testers get the new version, a promotion switches all users at once, and a revert switches them back', async ({
  clone,
}) => {
  await clone.useOverlay('blue-green')
  await clone.synced()
  const load = startLoad(100)
  await clone.release('2.0.0')
  await rolloutIs('Paused')
  await allMeasured('successful', 2)
  expect(await askMany(100)).toEqual({ '1.0.0': 100 })
  await eventually(async () => expect(await createMany(20, { 'x-canary': 'always' })).toEqual({ '2.0.0': 20 }))
  await argoRollouts('promote')
  await rolloutIs('Healthy')
  await eventually(async () => expect(await askMany(100)).toEqual({ '2.0.0': 100 }))
  await clone.release('1.0.0')
  await expect(async () => expect(await askMany(100)).toEqual({ '1.0.0': 100 })).toPass({ timeout: 60_000 })
  expect(reportOf(await load.stop()).failures).toEqual({})
})
