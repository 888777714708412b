import { afterEach, expect, test, vi } from 'vitest'
import { fail, UserError } from './errors.ts'

const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => {
  process.exitCode = undefined
  vi.clearAllMocks()
})

test.each([
  ["a user's mistake is shown in one line", new UserError('port 8080 is in use'), /^error: port 8080 is in use$/],
  [
    'a defect is shown with its stack',
    new TypeError('x is undefined'),
    /^error: TypeError: x is undefined\n +at .*errors\.test/,
  ],
  ['anything else that was thrown is shown as it is', 'no', /^error: no$/],
])('%s, and the process ends with status 1', (_, error, text) => {
  fail(error)
  expect(process.exitCode).toBe(1)
  expect(printed.mock.calls).toEqual([[expect.stringMatching(text)]])
})
