import { expect, test } from 'vitest'
import { versionBefore } from './rollback.ts'

test.each([
  [['1.0.0', '2.0.0'], '1.0.0'],
  [['1.0.0', '2.0.0', '2.0.0', '3.0.0'], '2.0.0'],
  [['1.0.0', '2.0.0', '1.0.0', '2.1.0'], '1.0.0'],
  [['1.0.0', '2.0.0', '3.0.0', '2.0.0'], '1.0.0'],
])('after %j the version before is %s', (history, before) => {
  expect(versionBefore(history)).toBe(before)
})

test('a version that was taken back is not the one before', () => {
  expect(versionBefore(['1.0.0', '2.0.0', '1.0.0'])).toBeUndefined()
})
