/**
 * `npm run test:releases`: good releases in a row, each judged by its analysis under 100 requests/s and then promoted. Fails at
 * the first that is sent back, or that loses a request.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. About 90 s for each release.
 */
import { fail, UserError } from '../cli/errors.ts'
import { Clone } from './support/gitops.ts'
import { allMeasured, argoRollouts, finishRollout, rolloutIs, weightsAre } from './support/rollouts.ts'
import { reportOf, startLoad } from './support/traffic.ts'

/** Requests per second. */
const rate = 100
const releases = 10
const versions = ['2.0.0', '1.0.0']

async function release(clone: Clone, version: string): Promise<void> {
  const start = performance.now()
  const load = startLoad(rate)
  const released = async () => {
    await clone.release(version)
    await weightsAre({ stable: 80, canary: 20 })
    await allMeasured('successful', 4)
    await argoRollouts('promote')
    await rolloutIs('Healthy')
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
      const version = versions[count % versions.length] as string
      console.log(`▸ release ${count + 1} of ${releases}: ${version}`)
      await release(clone, version)
    }
  } finally {
    await clone.restore()
    await finishRollout()
  }
  console.log(`${releases} good releases, none sent back`)
}

await goodReleases().catch(fail)
