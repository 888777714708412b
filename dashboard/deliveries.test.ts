import { expect, test } from 'vitest'
import { deliveriesOf, momentsOf, type Push, type Records, withShares } from './deliveries.ts'

const second = 1000
const minute = 60 * second
const night = Date.parse('2026-11-28T02:00:00Z')
const [before, bad, back] = ['0000000aaa', '1111111bbb', '2222222ccc']

/** A canary that the analysis aborted at night; in the morning a person took it back in git. */
function records(change: Partial<Records> = {}): Records {
  const push = { by: 'Ann', subject: 'web-api 2.2.0', hash: bad, version: '2.2.0' }
  return {
    pushes: [
      { ...push, at: night - 600 * minute, hash: before, subject: 'Start', version: '1.0.0' },
      { ...push, at: night },
      { ...push, at: night + 360 * minute, hash: back, subject: 'web-api back to 1.0.0', version: '1.0.0' },
    ],
    syncs: [{ at: night + 5 * second, application: 'web-api', revision: bad, by: '' }],
    happenings: [
      { at: night + 10 * second, reason: 'RolloutUpdated' },
      { at: night + 20 * second, reason: 'TrafficWeightUpdated' },
      { at: night + 70 * second, reason: 'TrafficWeightUpdated' },
      { at: night + 70 * second, reason: 'RolloutAborted' },
      { at: night + 70 * second, reason: 'AnalysisRunFailed' },
      { at: night + 80 * second, reason: 'ScalingReplicaSet' },
    ],
    analyses: [
      {
        name: 'web-api-5d8-2',
        version: '2.2.0',
        phase: 'Failed',
        from: night + 20 * second,
        to: night + 66 * second,
        metrics: [
          {
            name: 'error-share',
            phase: 'Failed',
            measurements: [null, 0.3111, 0.28, 0.33].map((value) => ({ at: night, value })),
          },
          { name: 'p95', phase: 'Successful', measurements: [{ at: night, value: -200 }] },
        ],
      },
    ],
    ...change,
  }
}

const outcomes = (of: Records) =>
  deliveriesOf(of, night - 900 * minute, night + 400 * minute).map(({ outcome, bad }) => [outcome, bad])

test('the moments of a canary that went back at night say who pushed what, what was measured, and what sent it back', () => {
  const moments = momentsOf(records()).filter(({ at }) => at >= night && at < night + 60 * minute)
  expect(moments.map(({ at, text }) => `${(at - night) / second} ${text}`)).toEqual([
    '0 Ann pushes 1111111 “web-api 2.2.0”, with web-api 2.2.0',
    '5 Argo CD synced web-api to 1111111',
    '10 Argo Rollouts begins a release of web-api',
    '20 Argo Rollouts changes the weights',
    '66 The analysis web-api-5d8-2 of 2.2.0 fails: error-share 0.311, 0.28, 0.33',
    '66 Aborted by the analysis: stable gets all requests',
    '70 Argo Rollouts changes the weights',
  ])
})

test('an abort by the analysis belongs to its release when a push follows before Prometheus has seen it', () => {
  const [first, release, third] = records().pushes as [Push, Push, Push]
  const all = records({ pushes: [first, release, { ...third, at: night + 68 * second }] })
  expect(outcomes(all)[1]).toEqual(['sent back by the analysis', true])
})

test('each push is a delivery, newest first, with its versions, its outcome, and the time that its moments took', () => {
  const [last, night2, first] = deliveriesOf(records(), night - 900 * minute, night + 400 * minute)
  expect(night2).toEqual({
    at: night,
    until: night + 70 * second + 5 * minute,
    commit: { hash: bad, subject: 'web-api 2.2.0' },
    by: 'Ann',
    versions: ['1.0.0', '2.2.0'],
    outcome: 'sent back by the analysis',
    bad: true,
  })
  expect(first?.commit.hash).toBe(before)
  expect(last?.versions).toEqual(['2.2.0', '1.0.0'])
})

test('a delivery of before the week is left out', () => {
  expect(deliveriesOf(records(), night, night + 400 * minute)).toHaveLength(2)
})

test('an abort without a failed analysis was a person', () => {
  const happenings = records().happenings.filter(({ reason }) => reason !== 'AnalysisRunFailed')
  expect(outcomes(records({ happenings, analyses: [] }))[1]).toEqual(['sent back by a person', true])
})

test('an Event of Argo Rollouts is enough when it has deleted the analysis', () => {
  const withoutRuns = records({ analyses: [] })
  expect(outcomes(withoutRuns)[1]).toEqual(['sent back by the analysis', true])
  expect(momentsOf(withoutRuns).map(({ text }) => text)).toContain('An analysis fails')
})

test('a release that was retried and promoted is released', () => {
  const happenings = [...records().happenings, { at: night + 10 * minute, reason: 'RolloutCompleted' }]
  expect(outcomes(records({ happenings }))[1]).toEqual(['released', false])
})

test('a push that changes no Rollout is only synced, and one that changes nothing has nothing to sync', () => {
  expect(outcomes(records({ happenings: [], analyses: [] }))).toEqual([
    ['nothing to sync', false],
    ['synced', false],
    ['nothing to sync', false],
  ])
})

test('a release without an outcome is in progress, or was replaced', () => {
  const happenings = [
    { at: night + 10 * second, reason: 'RolloutUpdated' },
    { at: night + 361 * minute, reason: 'RolloutUpdated' },
  ]
  expect(outcomes(records({ happenings, analyses: [] })).slice(0, 2)).toEqual([
    ['in progress', false],
    ['replaced by the next push', false],
  ])
})

test('a synced commit that no push brought is a delivery too', () => {
  const syncs = [
    { at: night + 8 * second, application: 'authors', revision: bad, by: 'admin' },
    { at: night + 5 * second, application: 'web-api', revision: bad, by: '' },
  ]
  const found = deliveriesOf(records({ pushes: [], syncs }), night, night + 60 * minute)
  expect(found.map(({ at, by, commit }) => ({ at, by, commit }))).toEqual([
    { at: night + 5 * second, by: '', commit: { hash: bad, subject: '' } },
  ])
})

test('a change of the weights says what share of the requests the canary then got', () => {
  const at = (seconds: number) => night + seconds * second
  const moments = [20, 80, 90].map((seconds) => ({ at: at(seconds), kind: 'weights' as const, text: 'weights' }))
  const points = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120].map((seconds): [number, number] => {
    return [at(seconds), seconds > 40 && seconds < 90 ? 0.2 : 0]
  })
  const period = { moments, shares: [{ name: 'canary', points }], step: 10 * second }
  expect(withShares(period).map(({ text }) => text)).toEqual([
    'weights: 20 % of the requests go to the canary',
    'weights',
    'weights: 0 % of the requests go to the canary',
  ])
})
