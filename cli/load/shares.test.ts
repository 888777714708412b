import { expect, test } from 'vitest'
import { type Routing, sharesOf } from './shares.ts'

const pod = (tag: string, labels: Record<string, string>, deletionTimestamp?: string): Routing['pods'][number] => ({
  metadata: { labels: { app: 'web-api', ...labels }, ...(deletionTimestamp && { deletionTimestamp }) },
  spec: {
    containers: [
      { name: 'istio-proxy', image: 'localhost/proxyv2:1.31' },
      { name: 'web-api', image: `localhost/web-api:${tag}` },
    ],
  },
})
const to = (...route: [subset: string | undefined, weight?: number][]): Routing['virtualServices'] => {
  const destinations = route.map(([subset, weight]) => ({
    destination: { host: 'web-api', ...(subset && { subset }) },
    ...(weight !== undefined && { weight }),
  }))
  return [{ spec: { http: [{ name: 'getmultiple' }, { name: 'getmultiple', route: destinations }] } }]
}
const rule = (hashes: Record<string, string>): Routing['destinationRules'] => {
  const subsets = Object.entries(hashes).map(([name, hash]) => ({ name, labels: { hash } }))
  return [{ spec: { host: 'web-api', subsets } }]
}
const pods = [pod('1.0.0', { hash: 'a' }), pod('1.0.0', { hash: 'a' }), pod('2.0.0', { hash: 'b' })]

test.each<[string, Routing, Record<string, number>]>([
  [
    'during a canary each version has the weight of its subset',
    { virtualServices: to(['stable', 80], ['canary', 20]), destinationRules: rule({ stable: 'a', canary: 'b' }), pods },
    { '1.0.0': 0.8, '2.0.0': 0.2 },
  ],
  [
    'when both subsets select the same pods, their version has 100 %',
    { virtualServices: to(['stable', 100], ['canary', 0]), destinationRules: rule({ stable: 'b', canary: 'b' }), pods },
    { '2.0.0': 1 },
  ],
  [
    'a single destination without a weight has 100 %',
    { virtualServices: to(['stable']), destinationRules: rule({ stable: 'a' }), pods },
    { '1.0.0': 1 },
  ],
  [
    'without a subset every pod counts, except those that terminate',
    {
      virtualServices: to([undefined]),
      destinationRules: [],
      pods: [pod('1.0.0', {}), pod('2.0.0', {}), pod('3.0.0', {}, 'now')],
    },
    { '1.0.0': 0.5, '2.0.0': 0.5 },
  ],
])('%s', (_, routing, shares) => expect(sharesOf('getmultiple', routing)).toEqual(shares))

test('a route that does not exist has no shares', () => {
  expect(sharesOf('openapi', { virtualServices: to(['stable']), destinationRules: [], pods })).toBeUndefined()
})
