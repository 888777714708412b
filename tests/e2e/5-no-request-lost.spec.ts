/** No request is lost while traffic moves: under open load at a constant rate every response must have status 200. */
import { setTimeout } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { test } from '../support/canary.ts'
import { haveEnded, podsOf, signal } from '../support/pods.ts'
import { argoRollouts, rolloutIs, weightsAre } from '../support/rollouts.ts'
import { type Load, reportOf, startLoad } from '../support/traffic.ts'

/** Requests per second; two idle cores sustain LOAD_RATE=500. */
const rate = Number(process.env.LOAD_RATE ?? 100)

test.setTimeout(300_000)

async function expectNoneLost({ ended }: Load): Promise<void> {
  const { requests, failures, latencyMs } = reportOf(await ended)
  console.log(`${requests} requests, p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`)
  expect(failures).toEqual({})
  expect(requests).toBeGreaterThan(0)
}

test('promote', async ({ clone }) => {
  await clone.release('2.0.0')
  await rolloutIs('Paused')
  const load = startLoad(rate)
  await argoRollouts('promote')
  await rolloutIs('Healthy')
  await haveEnded('1.0.0').finally(load.stop)
  await expectNoneLost(load)
})

test('abort', async ({ clone }) => {
  await clone.release('2.0.0')
  await rolloutIs('Paused')
  const load = startLoad(rate)
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  await haveEnded('2.0.0').finally(load.stop)
  await expectNoneLost(load)
})

for (const [from, to] of [
  ['canary', 'v1'],
  ['v1', 'split'],
  ['split', 'canary'],
] as const) {
  test(`from overlay ${from} to ${to}`, async ({ clone }) => {
    if (from !== 'canary') await clone.useOverlay(from)
    await clone.synced()
    const load = startLoad(rate)
    await clone.useOverlay(to)
    await clone.synced().finally(load.stop)
    await expectNoneLost(load)
  })
}

test('the only pod of a version does not respond for five seconds, as on a busy machine', async ({ clone }) => {
  await clone.useOverlay('v1')
  await clone.synced()
  const load = startLoad(rate, 20)
  const [pod = ''] = await podsOf('app=web-api,version=v1')
  await signal(pod, 'SIGSTOP')
  await setTimeout(5_000)
  await signal(pod, 'SIGCONT')
  await expectNoneLost(load)
})

test('from overlay canary to split, and back before the first change has ended', async ({ clone }) => {
  const load = startLoad(rate)
  await clone.useOverlay('split')
  await clone.useOverlay('canary')
  await clone.synced().finally(load.stop)
  await expectNoneLost(load)
})
