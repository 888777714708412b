import { expect, test } from 'vitest'
import { mistakeInRules, tracesIn } from './mesh.ts'

const rule = (caller: string | undefined, ...paths: string[]) => ({
  ...(caller && { from: [{ source: { principals: [`cluster.local/ns/${caller}`] } }] }),
  to: [{ operation: { paths } }],
})
const webApi = 'cloud-native-canary/sa/web-api'
const prometheus = rule('monitoring/sa/prometheus', '/metrics')

test.each([
  ['nobody', [rule(webApi, '/api/v1/getauthor'), prometheus], 'allows nobody'],
  ['every caller', [rule(webApi, '/api/v1/getauthor'), rule(undefined, '/openapi')], 'A rule without from'],
  ['another caller', [rule('monitoring/sa/prometheus', '/metrics', '/openapi')], 'sa/prometheus to read'],
  ['every path', [rule(webApi, '*')], 'more paths'],
  ['web-api, and no path is named', [{ from: [{ source: { principals: [webApi] } }] }], 'more paths'],
])('when the rules allow %s, the sentence says so', (_, rules, says) => {
  expect(mistakeInRules(rules)).toContain(says)
})

test('when the rules allow web-api only, there is no mistake', () => {
  expect(mistakeInRules([rule(webApi, '/api/v1/getauthor', '/openapi'), prometheus])).toBeUndefined()
})

test('a trace has the slowest request of each service, and lines without a trace do not count', () => {
  const line = (traceId: string | undefined, ms: number) => JSON.stringify({ traceId, ms, msg: 'request' })
  const traces = tracesIn([
    ['web-api', line('a', 12)],
    ['authors', line('a', 2)],
    ['authors', line('a', 3)],
    ['articles', line('b', 5)],
    ['articles', line(undefined, 7)],
    ['articles', 'listening'],
  ])
  expect(Object.fromEntries(traces)).toEqual({ a: { 'web-api': 12, authors: 3 }, b: { articles: 5 } })
})
