import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('a hundred a second for a minute, unless told otherwise', () => {
  expect(readOptions([])).toEqual({ rate: 100, duration: 60, path: '/web-api/v1/getmultiple', json: false })
  expect(readOptions(['--rate', '1000', '--duration=900', '--path', '/openapi', '--json'])).toEqual({
    rate: 1000,
    duration: 900,
    path: '/openapi',
    json: true,
  })
})

test.each([
  [['--rate', '1001'], '--rate 1001: must be a whole number of requests per second from 1 to 1000'],
  [['--rate', '0'], '--rate 0: must be a whole number of requests per second from 1 to 1000'],
  [['--duration', '901'], '--duration 901: must be a whole number of seconds from 1 to 900'],
  [['--duration', '5m'], '--duration 5m: must be a whole number of seconds from 1 to 900'],
  [['--path', '/web-api/v1/create'], '--path /web-api/v1/create: must be one that only reads: '],
  [['--path', 'constructor'], '--path constructor: must be one that only reads: '],
  [['--speed', '5'], 'usage: npm run load'],
  [['100'], 'usage: npm run load'],
])('%j is refused in one line', (args, message) => {
  expect(() => readOptions(args)).toThrow(message)
  expect(() => readOptions(args)).not.toThrow('\n')
})
