/**
 * `npm run test:handovers`: from each overlay of web-api to each other under load, 42 ways. Prints a table; fails when a request was
 * lost.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. About 35 minutes.
 */
import { fail, UserError } from '../cli/errors.ts'
import { failureText } from '../cli/load/picture.ts'
import { Clone, type Overlay } from './support/gitops.ts'
import { finishRollout } from './support/rollouts.ts'
import { reportOf, startLoad } from './support/traffic.ts'

/** Requests per second. */
const rate = Number(process.env.LOAD_RATE ?? 300)

const overlays: Overlay[] = ['canary', 'v1', 'split', 'canary-auto', 'canary-by-user', 'canary-mirror', 'blue-green']

/** Every way once, each from where the one before ended: to all that come later and back, on to the next, at last all the way back. */
function allWays(): [from: Overlay, to: Overlay][] {
  const forth = overlays.flatMap((from, index) => {
    const later = overlays.slice(index + 2).flatMap((to) => [to, from])
    return [from, ...later]
  })
  const stations = [...forth, ...overlays.toReversed().slice(1)]
  return stations.slice(1).map((to, index) => [stations[index] as Overlay, to])
}

async function handOver(clone: Clone, to: Overlay) {
  const start = performance.now()
  const load = startLoad(rate)
  await clone.useOverlay(to)
  await clone.synced().finally(load.stop)
  const report = reportOf(await load.ended)
  const { requests, failed, latencyMs } = report
  if (failed > 0) console.log(`  ${failureText(report)}`)
  const seconds = Math.round((performance.now() - start) / 1000)
  return { requests, failed, 'p99 (ms)': latencyMs.p99.toFixed(1), seconds }
}

async function handovers(): Promise<void> {
  const clone = await Clone.make()
  const rows = []
  try {
    for (const [from, to] of allWays()) {
      const way = `${from} → ${to}`
      console.log(`▸ ${way}`)
      rows.push({ way, ...(await handOver(clone, to)) })
    }
  } finally {
    await clone.restore()
    await finishRollout()
  }
  console.table(rows)
  const bad = rows.filter(({ failed }) => failed > 0)
  if (bad.length > 0) throw new UserError(`requests were lost: ${bad.map(({ way }) => way).join(', ')}`)
}

await handovers().catch(fail)
