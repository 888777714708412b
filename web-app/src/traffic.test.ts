import { describe, expect, test } from 'vitest'
import type { Answer } from './api.ts'
import { TrafficLog, timelineSeconds } from './traffic.ts'

const v1: Answer = { version: '1.0.0', ok: true, milliseconds: 10 }
const v2: Answer = { version: '2.0.0', ok: true, milliseconds: 20 }

function logOf(...answers: [Answer, times: number][]): TrafficLog {
  const log = new TrafficLog()
  for (const [answer, times] of answers) for (let time = 0; time < times; time++) log.record(answer, 0)
  return log
}

describe('shares', () => {
  test('cover the last 10, 100 and 1,000 responses', () => {
    const [one, two] = logOf([v1, 920], [v2, 80]).summary()
    expect(one?.shares).toEqual([0, expect.closeTo(0.2), expect.closeTo(0.92)])
    expect(two?.shares).toEqual([expect.closeTo(1), expect.closeTo(0.8), expect.closeTo(0.08)])
  })

  test('cover all responses while there are fewer', () => {
    const [one] = logOf([v1, 3], [v2, 1]).summary()
    expect(one?.shares).toEqual([0.75, 0.75, 0.75])
  })

  test('leave out responses before the last 1,000; totals include them', () => {
    const [one, two] = logOf([v1, 500], [v2, 2500]).summary()
    expect(one).toMatchObject({ shares: [0, 0, 0], answers: 500, p50: undefined })
    expect(two?.shares[2]).toBeCloseTo(1)
  })
})

test('errors count for the version that returned them, and not in its latencies', () => {
  const slow = { ...v2, ok: false, milliseconds: 9000 }
  const lost = { version: '', ok: false, milliseconds: 5 }
  const [two, none] = logOf([v2, 8], [slow, 2], [lost, 1]).summary()
  expect(two).toMatchObject({ version: '2.0.0', answers: 10, errors: 2, p50: 20, p95: 20 })
  expect(none).toMatchObject({ version: '', answers: 1, errors: 1, p50: undefined })
})

test('p50 and p95 are nearest-rank quantiles', () => {
  const log = new TrafficLog()
  for (let milliseconds = 100; milliseconds >= 1; milliseconds--) log.record({ ...v1, milliseconds }, 0)
  expect(log.summary()[0]).toMatchObject({ p50: 50, p95: 95 })
})

test('the worst response is the slowest error, else the slowest one, of those with a trace', () => {
  const traced = (answer: Answer, milliseconds: number) => ({
    ...answer,
    milliseconds,
    traceUrl: `trace/${milliseconds}`,
  })
  const error = { ...v2, ok: false }
  const [one, two] = logOf(
    [traced(v1, 30), 1],
    [traced(v1, 40), 1],
    [{ ...v1, milliseconds: 99 }, 1],
    [traced(v2, 80), 1],
    [traced(error, 60), 1],
    [traced(error, 50), 1],
  ).summary()
  expect([one?.worst?.traceUrl, two?.worst?.traceUrl]).toEqual(['trace/40', 'trace/60'])
  expect(logOf([v1, 2]).summary()[0]?.worst).toBeUndefined()
})

describe('the timeline', () => {
  test('sums whole seconds', () => {
    const log = new TrafficLog()
    log.record(v1, 0.9)
    log.record(v1, 1)
    log.record({ ...v2, ok: false }, 1.99)
    log.record(v2, 2)
    expect(log.between(1, 2)).toEqual({
      answers: 2,
      errors: 1,
      byVersion: new Map([
        ['1.0.0', 1],
        ['2.0.0', 1],
      ]),
    })
  })

  test('reaches back 15 minutes', () => {
    const log = new TrafficLog()
    log.record(v1, 5)
    expect(log.between(0, 10).answers).toBe(1)
    log.record(v1, 5 + timelineSeconds)
    expect(log.between(0, 10).answers).toBe(0)
  })
})
