import { afterEach, expect, test, vi } from 'vitest'
import { fail, UserError } from './errors.ts'

const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => {
  process.exitCode = undefined
  vi.clearAllMocks()
})

test.each([
  ["fail prints a user's mistake as one line", new UserError('port 8080 is in use'), /^error: port 8080 is in use$/],
  [
    'fail prints a bug with its stack',
    new TypeError('x is undefined'),
    /^error: TypeError: x is undefined\n +at .*errors\.test/,
  ],
  ['fail prints any other thrown value as it is', 'no', /^error: no$/],
])('%s, and sets exit status 1', (_, error, text) => {
  fail(error)
  expect(process.exitCode).toBe(1)
  expect(printed.mock.calls).toEqual([[expect.stringMatching(text)]])
})
