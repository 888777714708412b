/** Formats the report of a load for the terminal. */
import { noVersion, type Report, type Row } from './tally.ts'

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const barWidth = 25

/** The share as a bar, with a mark at the wanted share. */
function bar({ share, wanted }: Row): string {
  const filled = Math.round(share * barWidth)
  const cells = [...'█'.repeat(filled), ...'·'.repeat(barWidth - filled)]
  if (wanted !== undefined) cells[Math.min(barWidth - 1, Math.round(wanted * barWidth))] = '│'
  return cells.join('')
}

function cells(row: Row, hasUsers: boolean): string[] {
  const wanted = row.wanted === undefined || row.version === noVersion ? '' : percent(row.wanted)
  const latencies = Object.values(row.latencyMs).map((value) => value.toFixed(1))
  return [
    row.version,
    String(row.requests),
    percent(row.share),
    wanted,
    String(row.failed),
    percent(row.failed / Math.max(1, row.requests)),
    ...latencies,
    ...(hasUsers ? [String(row.users), percent(row.userShare)] : []),
  ]
}

const heads = ['version', 'requests', 'share', 'wanted', 'failed', '', 'p50 ms', 'p95 ms', 'p99 ms']

/** A line for each version and one for all, with latencies in milliseconds and, if there are users, how many got each version. */
export function table(report: Report, { bars = false } = {}): string {
  const hasUsers = report.users > 0
  const columns = [...heads, ...(hasUsers ? ['users', 'per user'] : [])]
  const total = {
    ...report,
    version: 'all',
    share: report.requests > 0 ? 1 : 0,
    wanted: undefined,
    userShare: 1,
    worst: undefined,
  }
  const rows = [columns, ...[...report.versions, total].map((row) => cells(row, hasUsers))]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return rows
    .map((row, index) => {
      const version = report.versions[index - 1]
      return `  ${pad(row).join('  ')}${bars && version ? `  ${bar(version)}` : ''}`.trimEnd()
    })
    .join('\n')
}

/** A line for each version with the trace of its worst request; empty without traces. */
export function traceText({ versions }: Report): string {
  return versions
    .flatMap(({ version, worst }) =>
      worst ? [`  ${version}: ${worst.failure ?? `${worst.latencyMs.toFixed(1)} ms`}, ${worst.url}`] : [],
    )
    .join('\n')
}

/** "status 500: 12, no answer in 10 s: 3"; empty without failures. */
export function failureText({ failures }: Report): string {
  return Object.entries(failures)
    .map(([failure, times]) => `${failure}: ${times}`)
    .join(', ')
}

/** The line that a log gets every few seconds. */
export function line(seconds: number, recent: Report): string {
  const shares = recent.versions.map(({ version, share, wanted }) =>
    [version, percent(share), wanted !== undefined && version !== noVersion && `(wanted ${percent(wanted)})`]
      .filter(Boolean)
      .join(' '),
  )
  const { p50, p95, p99 } = recent.latencyMs
  const latencies = `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)} ms`
  return [`${seconds.toFixed(0)} s`, ...shares, `failed ${recent.failed} of ${recent.requests}`, latencies].join('   ')
}
