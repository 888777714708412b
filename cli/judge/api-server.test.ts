import { expect, test } from 'vitest'
import { reasonIn } from './api-server.ts'

test.each([
  [
    'failed to create typed patch object (cloud-native-canary/web-api; networking.istio.io/v1, Kind=VirtualService): .spec.http[1].match[0].uri.exactly: field not declared in schema',
    '.spec.http[1].match[0].uri.exactly: field not declared in schema',
  ],
  [
    'admission webhook "rev.validation.istio.io" denied the request: configuration is invalid: weight -20 < 0',
    'configuration is invalid: weight -20 < 0',
  ],
  [
    'Deployment.apps "web-api-template" is invalid: spec.template.spec.containers[0].image: Required value',
    'spec.template.spec.containers[0].image: Required value',
  ],
  [
    'StatefulSet in version "v1" cannot be handled as a StatefulSet: quantities must match the regular expression \'^a$\'',
    "quantities must match the regular expression '^a$'",
  ],
  [
    "failed to convert new object (default/a; apps/v1, Kind=StatefulSet) to proper version: unable to convert unstructured object to apps/v1, Kind=StatefulSet: quantities must match the regular expression '^a$'",
    "quantities must match the regular expression '^a$'",
  ],
  ['the cluster has no kind A in b/v1', 'the cluster has no kind A in b/v1'],
])('extracts the reason from: %s', (refusal, reason) => {
  expect(reasonIn(refusal)).toBe(reason)
})

test('a webhook that does not respond is named in a few words', () => {
  const refusal =
    'Internal error occurred: failed calling webhook "validation.istio.io": failed to call webhook: Post "https://istiod.istio-system.svc:443/validate?timeout=10s": dial tcp 10.1.2.3:443: connect: connection refused'
  expect(reasonIn(refusal)).toBe('the webhook validation.istio.io does not respond; try again, or see npm run status')
})
