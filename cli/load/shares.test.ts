import { expect, test } from 'vitest'
import { type Item, sharesOf } from './shares.ts'

const pod = (tag: string, labels: Record<string, string>, deletionTimestamp?: string): Item => ({
  kind: 'Pod',
  metadata: { labels: { app: 'web-api', ...labels }, ...(deletionTimestamp && { deletionTimestamp }) },
  spec: {
    containers: [
      { name: 'istio-proxy', image: 'localhost/proxyv2:1.31' },
      { name: 'web-api', image: `localhost/web-api:${tag}` },
    ],
  },
})
const virtualService = (...route: [subset: string | undefined, weight?: number][]): Item => ({
  kind: 'VirtualService',
  spec: {
    http: [
      { name: 'getmultiple' },
      {
        name: 'getmultiple',
        route: route.map(([subset, weight]) => ({
          destination: { host: 'web-api', ...(subset && { subset }) },
          ...(weight !== undefined && { weight }),
        })),
      },
    ],
  },
})
const rule = (subsets: Record<string, string>): Item => ({
  kind: 'DestinationRule',
  spec: {
    host: 'web-api',
    subsets: Object.entries(subsets).map(([name, hash]) => ({ name, labels: { hash } })),
  },
})
const pods = [pod('1.0.0', { hash: 'a' }), pod('1.0.0', { hash: 'a' }), pod('2.0.0', { hash: 'b' })]

test.each<[string, Item[], Record<string, number>]>([
  [
    'in mid-canary each version has the weight of its subset',
    [virtualService(['stable', 80], ['canary', 20]), rule({ stable: 'a', canary: 'b' }), ...pods],
    { '1.0.0': 0.8, '2.0.0': 0.2 },
  ],
  [
    'where both subsets are the same pods, their version has it all',
    [virtualService(['stable', 100], ['canary', 0]), rule({ stable: 'b', canary: 'b' }), ...pods],
    { '2.0.0': 1 },
  ],
  [
    'one destination without a weight has it all',
    [virtualService(['stable']), rule({ stable: 'a' }), ...pods],
    { '1.0.0': 1 },
  ],
  [
    'without a subset every pod counts, but none that is leaving',
    [virtualService([undefined]), pod('1.0.0', {}), pod('2.0.0', {}), pod('3.0.0', {}, 'now')],
    { '1.0.0': 0.5, '2.0.0': 0.5 },
  ],
])('%s', (_, items, shares) => expect(sharesOf('getmultiple', items)).toEqual(shares))

test('a route that is not there has no shares', () => {
  expect(sharesOf('openapi', [virtualService(['stable'])])).toBeUndefined()
})
