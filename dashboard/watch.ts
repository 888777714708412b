/** `npm run watch`: the whole delivery on one screen of the terminal; without a terminal, a line for each change. */
import { clearScreenDown, cursorTo } from 'node:readline'
import { styleText } from 'node:util'
import { checkRunning } from '../cli/minikube/node.ts'
import { observe, untilSignal, type View } from './observe.ts'
import { type Delivery, type Edge, latest, type Metric, type Notification } from './types.ts'

const good = new Set(['Synced', 'Healthy', 'Successful', 'Running', 'Suspended'])
const bad = new Set(['Degraded', 'Failed', 'Error'])

function colored(word: string): string {
  return styleText(bad.has(word) ? 'red' : good.has(word) ? 'green' : 'yellow', word)
}

const time = (at: number) => new Date(at).toTimeString().slice(0, 8)

function applicationLines({ applications, commit }: Delivery): string[] {
  return applications.map(({ name, sync, health, revision, message }) => {
    const isNewest = !commit.hash || revision === commit.hash
    const where = `${revision.slice(0, 7)}${isNewest ? '' : ' (an earlier commit)'}`
    const why = sync === 'Synced' && health !== 'Degraded' ? '' : message
    return `${name.padEnd(10)} ${colored(sync)} ${colored(health)} ${where} ${why}`.trimEnd()
  })
}

function rolloutLines({ rollout, weights }: Delivery): string[] {
  const bars = weights.map(
    ({ subset, weight }) => `${subset.padEnd(8)} ${'█'.repeat(Math.round(weight / 2.5))} ${weight} %`,
  )
  if (!rollout) return bars
  const { phase, message, steps, step, stableVersion, canaryVersion } = rollout
  const versions = stableVersion === canaryVersion ? stableVersion : `${canaryVersion} after ${stableVersion}`
  const where = step < steps.length ? `step ${step + 1} of ${steps.length}, ${steps[step]}` : ''
  return [[`web-api ${versions}: ${colored(phase)}`, where, message].filter(Boolean).join(', '), ...bars]
}

function metricLine(metric: Metric): string {
  const { name, phase, successful, failed, inconclusive, error } = metric
  const counts = { good: successful, bad: failed, inconclusive, errors: error }
  const words = Object.entries(counts).flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []))
  return `${name.padEnd(12)} ${colored(phase)} ${words.join(', ')} ${latest(metric)}`.trimEnd()
}

function edgeLine({ from, to, requestsPerSecond, errorShare, p95 }: Edge): string {
  const share = `${(100 * errorShare).toFixed(1)} % errors`
  const way = `${from} → ${to}`.padEnd(22)
  return `${way} ${requestsPerSecond.toFixed(1).padStart(7)}/s  ${share}${p95 === undefined ? '' : `  p95 ${p95.toFixed(0)} ms`}`
}

const notificationLine = ({ at, event, text }: Notification) => `${time(at)} ${event}: ${text}`

function section(title: string, lines: string[]): string {
  return lines.map((line, index) => `  ${(index === 0 ? title : '').padEnd(10)} ${line}`).join('\n')
}

/** The text of the screen, with each line cut to its width. */
function screen({ delivery, notifications, problem }: View, { columns = 80, rows = 40 }): string {
  if (!delivery) return problem || 'reading …'
  const { at, commit, analysis, graph } = delivery
  const text = [
    `Cloud Native Canary  ${time(at)}${problem && `  ${styleText('red', problem)}`}`,
    section('git', [`${commit.hash.slice(0, 7)} ${commit.subject}`]),
    section('Argo CD', applicationLines(delivery)),
    section('Rollout', rolloutLines(delivery)),
    section('Analysis', analysis ? [colored(analysis.phase), ...analysis.metrics.map(metricLine)] : ['none']),
    section(
      'Traffic',
      graph.problem ? [graph.problem] : graph.edges.length ? graph.edges.map(edgeLine) : ['no requests'],
    ),
    section(
      'Istio',
      graph.decisions.length ? graph.decisions.map(({ kind, text }) => `${kind}: ${text}`) : ['weights only'],
    ),
    section('Events', notifications.length ? notifications.slice(-6).map(notificationLine) : ['none yet']),
  ].join('\n\n')
  const lines = text.split('\n').slice(0, rows - 1)
  // Escape sequences of colours count as characters, so lines with colours are not cut.
  return lines.map((line) => (line.includes('\u001b') ? line : line.slice(0, columns))).join('\n')
}

/** Prints changes since the last line, for output that is not a terminal. */
function plainLines(): (view: View) => void {
  let last = ''
  let printedUntil = 0
  return ({ delivery, notifications, problem }) => {
    const state = delivery ? [...rolloutLines(delivery)].join(' · ') : problem
    if (state !== last) console.log(state)
    for (const notification of notifications.filter(({ at }) => at > printedUntil))
      console.log(notificationLine(notification))
    printedUntil = notifications.at(-1)?.at ?? printedUntil
    last = state
  }
}

function onScreen(view: View): void {
  cursorTo(process.stdout, 0, 0)
  clearScreenDown(process.stdout)
  process.stdout.write(screen(view, process.stdout))
}

/**
 * Shows the delivery until SIGINT or SIGTERM.
 * @throws {UserError} when no cluster is running
 */
export async function watch({ rollback }: { rollback: boolean }): Promise<void> {
  await checkRunning()
  await observe(untilSignal(), rollback, process.stdout.isTTY ? onScreen : plainLines())
  if (process.stdout.isTTY) console.log()
}
