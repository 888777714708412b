/**
 * `npm run test:releases`: good releases in a row, each measured by its analysis under 100 requests/s, promoted, and reverted by
 * a push. Fails at the first release that the analysis aborts or that loses a request.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. Takes about 90 s per release.
 */
import { fail, UserError } from '../cli/errors.ts'
import { Clone } from './support/gitops.ts'
import { allMeasured, argoRollouts, finishRollout, rolloutIs, weightsAre } from './support/rollouts.ts'
import { reportOf, startLoad } from './support/traffic.ts'

/** Requests per second. */
const rate = 100
const releases = 10

async function release(clone: Clone): Promise<void> {
  const start = performance.now()
  const load = startLoad(rate)
  const released = async () => {
    await clone.release('2.0.0')
    await weightsAre({ stable: 80, canary: 20 })
    await allMeasured('successful', 4)
    await argoRollouts('promote')
    await rolloutIs('Healthy')
    await clone.release('1.0.0')
    await clone.synced()
  }
  await released().finally(load.stop)
  const { requests, failed } = reportOf(await load.ended)
  console.log(`  ${requests} requests, ${failed} failed, ${((performance.now() - start) / 1000).toFixed(0)} s`)
  if (failed > 0) throw new UserError(`${failed} requests were lost`)
}

async function goodReleases(): Promise<void> {
  const clone = await Clone.make()
  try {
    for (let count = 0; count < releases; count++) {
      console.log(`▸ release ${count + 1} of ${releases}`)
      await release(clone)
    }
  } finally {
    await clone.restore()
    await finishRollout()
  }
  console.log(`${releases} good releases, none aborted`)
}

await goodReleases().catch(fail)
