import { expect, test } from 'vitest'
import { isVersion } from './version.ts'

test.each(['1.0.0', '2.10.0', '2.1.0-rc.1', '1.0.1-clean-clone', '1.0.0-0'])('"%s" is a version', (text) => {
  expect(isVersion(text)).toBe(true)
})

test.each([
  '',
  '1',
  '1.0',
  '1.0.0.0',
  'v1.0.0',
  ' 1.0.0',
  '1.0.0\n',
  '1.0.0+build',
  '01.0.0',
  '1.0.0-',
  '1.0.0-01',
  '1.0.0-a_b',
])('%j is not a version', (text) => {
  expect(isVersion(text)).toBe(false)
})
