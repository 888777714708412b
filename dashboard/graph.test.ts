import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import { expect, test } from 'vitest'
import { configured } from './graph.ts'

const service = (name: string, http: object[]): IVirtualService => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  metadata: { name },
  spec: { http },
})
const route = [{ destination: { host: 'articles' } }]

test('faults and mirrors of VirtualServices are decisions about the service that the calls go to', () => {
  const found = configured([
    service('articles', [
      { name: 'create', route, fault: { abort: { percentage: { value: 25 }, httpStatus: 503 } } },
      { name: 'articles', route, fault: { delay: { percentage: { value: 100 }, fixedDelay: '5s' } } },
    ]),
    service('web-api', [
      { name: 'mirror', route, mirror: { host: 'web-api', subset: 'canary' } },
      { name: 'write', route },
    ]),
  ])
  expect(found.map(({ kind, to, text }) => `${kind} ${to} ${text}`)).toEqual([
    'fault articles articles, create: 25 % fail with status 503',
    'fault articles articles: 100 % take 5s longer',
    'mirror canary web-api, mirror: canary gets copies',
  ])
})
