import { expect, test } from 'vitest'
import type { Answer } from './open-load.ts'
import { failureText, line, table, traceText } from './picture.ts'
import { noVersion, Tally } from './tally.ts'

const answer = (version: string | undefined, latencyMs: number, failure?: string): Answer => ({
  dueAt: 0,
  version,
  latencyMs,
  failure,
})

/** 100 requests: 80 to 1.0.0 take 1 to 80 ms, 15 to 2.0.0 take 100 ms, of which 5 get status 500, and 5 get no response. */
function mixed(): Tally {
  const tally = new Tally()
  const wanted = { '1.0.0': 0.75, '2.0.0': 0.25 }
  for (let index = 1; index <= 80; index++) tally.add(answer('1.0.0', index), wanted)
  for (let index = 1; index <= 15; index++)
    tally.add(answer('2.0.0', 100, index > 10 ? 'status 500' : undefined), wanted)
  for (let index = 1; index <= 5; index++) tally.add(answer(undefined, 10_000, 'no answer in 10 s'), wanted)
  return tally
}

test('counts requests, shares, failures and percentiles, by version and in total', () => {
  const { versions, ...all } = mixed().report()
  expect(all).toMatchObject({ requests: 100, failed: 10, failures: { 'status 500': 5, 'no answer in 10 s': 5 } })
  expect(versions).toMatchObject([
    { version: '1.0.0', requests: 80, share: 0.8, wanted: 0.75, failed: 0 },
    { version: '2.0.0', requests: 15, share: 0.15, wanted: 0.25, failed: 5 },
    { version: noVersion, requests: 5, share: 0.05, wanted: 0, failed: 5 },
  ])
  // The histogram keeps three digits.
  const { p50, p95, p99 } = versions[0]?.latencyMs ?? { p50: 0, p95: 0, p99: 0 }
  expect([p50, p95, p99].map(Math.round)).toEqual([40, 76, 79])
  expect(Math.round(all.latencyMs.p99 / 100)).toBe(100)
})

test('counts the users of each version, and a user of both versions in both', () => {
  const tally = new Tally()
  for (let user = 0; user < 10; user++) tally.add({ ...answer(user < 8 ? '1.0.0' : '2.0.0', 1), user }, undefined)
  for (const user of [8, 9, 0]) tally.add({ ...answer('2.0.0', 1), user }, undefined)
  const report = Tally.sum([tally, tally]).report()
  expect(report).toMatchObject({
    users: 10,
    versions: [
      { version: '1.0.0', users: 8, userShare: 0.8 },
      { version: '2.0.0', users: 3, userShare: 0.3 },
    ],
  })
  expect(table(report)).toMatch(/users {2}per user\n.* 8 +80\.0 %\n.* 3 +30\.0 %\n.* 10 +100\.0 %$/)
})

test('names the trace of the slowest failed request of a version, else of its slowest one', () => {
  const traced = (version: string, latencyMs: number, failure?: string): Answer => ({
    ...answer(version, latencyMs, failure),
    traceUrl: `http://viewer/${latencyMs}`,
  })
  const one = new Tally()
  for (const latencyMs of [10, 30, 20]) one.add(traced('1.0.0', latencyMs), undefined)
  const other = new Tally()
  other.add(traced('1.0.0', 29), undefined)
  other.add(traced('2.0.0', 90), undefined)
  for (const latencyMs of [40, 50]) other.add(traced('2.0.0', latencyMs, 'status 500'), undefined)
  other.add(traced('2.0.0', 95), undefined)
  expect(traceText(Tally.sum([one, other]).report())).toBe(
    '  1.0.0: 30.0 ms, http://viewer/30\n  2.0.0: status 500, http://viewer/50',
  )
  expect(traceText(mixed().report())).toBe('')
})

test('averages weights that change over the requests', () => {
  const tally = new Tally()
  for (let index = 0; index < 50; index++) tally.add(answer('1.0.0', 1), { '1.0.0': 0.8, '2.0.0': 0.2 })
  for (let index = 0; index < 50; index++) tally.add(answer('1.0.0', 1), { '2.0.0': 1 })
  tally.add(answer('1.0.0', 1), undefined)
  const [first, second] = tally.report().versions
  expect(first?.wanted).toBeCloseTo(0.4)
  expect(second).toMatchObject({ version: '2.0.0', requests: 0 })
  expect(second?.wanted).toBeCloseTo(0.6)
})

test('adds up several tallies', () => {
  expect(Tally.sum([mixed(), new Tally(), mixed()]).report()).toMatchObject({
    ...mixed().report(),
    requests: 200,
    failed: 20,
    failures: { 'status 500': 10, 'no answer in 10 s': 10 },
    versions: [{ requests: 160 }, { requests: 30, failed: 10 }, { requests: 10 }],
  })
})

test('reports no versions and no failures without requests', () => {
  expect(new Tally().report()).toMatchObject({ requests: 0, failed: 0, failures: {}, versions: [] })
})

test('the table has columns, with the wanted share beside the share of each version', () => {
  const text = table(mixed().report())
  expect(
    text.split('\n').map((row) =>
      row
        .trim()
        .split(/\s{2,}/)
        .slice(0, 6),
    ),
  ).toEqual([
    ['version', 'requests', 'share', 'wanted', 'failed', 'p50 ms'],
    ['1.0.0', '80', '80.0 %', '75.0 %', '0', '0.0 %'],
    ['2.0.0', '15', '15.0 %', '25.0 %', '5', '33.3 %'],
    ['no version', '5', '5.0 %', '5', '100.0 %', '10002.4'],
    ['all', '100', '100.0 %', '10', '10.0 %', '50.0'],
  ])
  expect(new Set(text.split('\n').map((row) => row.length)).size).toBe(1)
})

test('bars show the share, with a mark at the wanted share', () => {
  const rows = table(mixed().report(), { bars: true }).split('\n')
  expect(rows[1]).toMatch(/ {2}█{19}│·····$/)
  expect(rows[2]).toMatch(/ {2}████··│·{18}$/)
})

test('the line for a log has shares, failures and latencies', () => {
  const text = line(5.02, mixed().report())
  expect(text).toMatch(
    /^5 s {3}1\.0\.0 80\.0 % \(wanted 75\.0 %\) {3}2\.0\.0 15\.0 % \(wanted 25\.0 %\) {3}no version 5\.0 %/,
  )
  expect(text).toContain('failed 10 of 100')
  expect(failureText(mixed().report())).toBe('status 500: 5, no answer in 10 s: 5')
})
