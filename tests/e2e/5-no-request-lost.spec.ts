/**
 * No request is lost while traffic moves: under open load at a constant rate every response must have status 200. A promotion is in
 * 2-analysis.spec.ts, all changes of overlays are in `npm run test:handovers`.
 */
import { setTimeout } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { releaseToPause, test } from '../support/canary.ts'
import { haveEnded, podsOf, signal } from '../support/pods.ts'
import { argoRollouts, weightsAre } from '../support/rollouts.ts'
import { askMany, type Load, reportOf, startLoad } from '../support/traffic.ts'

/** Requests per second; two idle cores sustain LOAD_RATE=500. */
const rate = Number(process.env.LOAD_RATE ?? 100)

test.setTimeout(300_000)

async function expectNoneLost({ ended }: Load): Promise<void> {
  const { requests, failures, latencyMs } = reportOf(await ended)
  console.log(`${requests} requests, p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`)
  expect(failures).toEqual({})
  expect(requests).toBeGreaterThan(0)
}

test('an abort sends all requests to stable', async ({ clone }) => {
  await releaseToPause(clone)
  const load = startLoad(rate)
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  // Each of the two gateway pods gets the new weights by itself, later on a busy machine.
  await expect(async () => expect(await askMany(200)).toEqual({ '1.0.0': 200 })).toPass({ timeout: 30_000 })
  await haveEnded('2.0.0').finally(load.stop)
  await expectNoneLost(load)
})

test('the only pod of a version does not respond for five seconds, as on a busy machine', { tag: '@long' }, async ({
  clone,
}) => {
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
