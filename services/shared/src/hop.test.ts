import { expect, test } from 'vitest'
import { hopHeaders, requestIdOf, traceIdOf } from './hop.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('the next hop gets only trace context, B3 and request id', () => {
  const trace = {
    'x-request-id': 'r1',
    traceparent,
    tracestate: 'vendor=1',
    b3: '0af7-b7ad-1',
    'x-b3-traceid': '0af7',
    'x-b3-spanid': 'b7ad',
    'x-b3-parentspanid': '0001',
    'x-b3-sampled': '1',
    'x-b3-flags': '0',
  }
  expect(hopHeaders({ ...trace, authorization: 'Bearer x', cookie: 'a=b', host: 'h' })).toEqual(trace)
})

test('a valid request id is kept', () => {
  expect(requestIdOf({ 'x-request-id': 'abc-123_4.5' })).toBe('abc-123_4.5')
})

test.each([undefined, '', 'a b', 'x'.repeat(129), '{"a":1}'])('request id %j is replaced by a new one', (given) => {
  const headers = { 'x-request-id': given }
  expect(requestIdOf(headers)).toMatch(/^[0-9a-f]{8}-/)
  expect(requestIdOf(headers)).not.toBe(requestIdOf(headers))
})

test.each([
  [{ traceparent }, '0af7651916cd43dd8448eb211c80319c'],
  [{ b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1' }, '80f198ee56343ba864fe8b2a57d3eff7'],
  [{ b3: '0' }, undefined],
  [{ 'x-b3-traceid': '463ac35c9f6413ad' }, '463ac35c9f6413ad'],
  [{}, undefined],
])('trace id of %j', (headers, expected) => {
  expect(traceIdOf(headers)).toBe(expected)
})
