/**
 * `npm run test:handovers`: switches under load from each overlay of web-api to each other, 42 ways. Prints a table; fails when a
 * request was lost, or an article is missing or duplicated.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. Takes about 17 minutes; arguments choose some of the ways.
 */
import { fail, UserError } from '../cli/errors.ts'
import { failureText } from '../cli/load/picture.ts'
import { deleteCreated, missingOrTwice, rejectionText, startCreates } from './support/creates.ts'
import { Clone, type Overlay } from './support/gitops.ts'
import { finishRollout } from './support/rollouts.ts'
import { minutesSince } from './support/time.ts'
import { reportOf, startLoad } from './support/traffic.ts'

/** Requests per second, of which a tenth create articles. */
const rate = Number(process.env.LOAD_RATE ?? 300)

const overlays: Overlay[] = ['canary', 'v1', 'split', 'canary-auto', 'canary-by-user', 'canary-mirror', 'blue-green']

/** Every change exactly once: from each overlay to all later ones and back, then to the next overlay, and finally back to the first. */
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
  const load = startLoad(rate * 0.9)
  const creates = startCreates(rate * 0.1)
  await clone.useOverlay(to)
  await clone.synced().finally(load.stop)
  const created = await creates.stop()
  const report = reportOf(await load.ended)
  for (const text of [failureText(report), rejectionText(created)]) if (text) console.log(`  ${text}`)
  return {
    reads: report.requests,
    failed: report.failed,
    'p99 (ms)': report.latencyMs.p99.toFixed(1),
    creates: created.length,
    rejected: created.filter(({ status }) => status !== 201).length,
    'missing or twice': (await missingOrTwice(created)).length,
    seconds: Math.round((performance.now() - start) / 1000),
  }
}

/** @param words choose the ways that contain one of them, such as "canary → split"; without words all */
async function handovers(words: string[]): Promise<void> {
  const start = performance.now()
  const clone = await Clone.make()
  const rows = []
  let overlay: Overlay = 'canary'
  try {
    for (const [from, to] of allWays()) {
      const way = `${from} → ${to}`
      if (words.length > 0 && !words.some((word) => way.includes(word))) continue
      if (overlay !== from) {
        await clone.useOverlay(from)
        await clone.synced()
      }
      console.log(`▸ ${way}`)
      rows.push({ way, ...(await handOver(clone, to)) })
      overlay = to
    }
  } finally {
    await clone.restore()
    await finishRollout()
    await deleteCreated()
  }
  console.table(rows)
  console.log(`${rows.length} ways in ${minutesSince(start)}`)
  const bad = rows.filter((row) => row.failed > 0 || row.rejected > 0 || row['missing or twice'] > 0)
  if (bad.length > 0) throw new UserError(`requests or articles were lost: ${bad.map(({ way }) => way).join(', ')}`)
}

await handovers(process.argv.slice(2)).catch(fail)
