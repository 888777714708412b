import { afterEach, expect, test, vi } from 'vitest'
import { fail, UserError } from './errors.ts'

const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
  throw new Error(`exit ${code}`)
})
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => vi.clearAllMocks())

test.each([
  ["a user's mistake is told in one line", new UserError('port 8080 is taken'), /^error: port 8080 is taken$/],
  [
    'a defect is told with its stack',
    new TypeError('x is undefined'),
    /^error: TypeError: x is undefined\n +at .*errors\.test/,
  ],
  ['anything else that was thrown is told as it is', 'no', /^error: no$/],
])('%s, and the process ends with status 1', (_, error, text) => {
  expect(() => fail(error)).toThrow('exit 1')
  expect(exit).toHaveBeenCalledWith(1)
  expect(printed.mock.calls).toEqual([[expect.stringMatching(text)]])
})
