import { expect, test } from 'vitest'
import { fault } from './fault.ts'

test.each([
  [['web-app', '10']],
  [['authors']],
  [['authors', '0']],
  [['authors', '101']],
  [['authors', '2.5']],
  [['authors', 'delay']],
  [['authors', 'delay', '5']],
] as [[string, string?, string?]][])('fault throws the usage for %j', async (words) => {
  await expect(fault(...words)).rejects.toThrow(/^usage: npm run fault -- .*$/)
})
