import { expect, test } from 'vitest'
import { judgeRef } from './refs.ts'

const none = '0'.repeat(40)
const some = '1'.repeat(40)
const push = (ref: string, revision = some) => judgeRef({ old: none, revision, ref })

test('accepts a push to main, and rejects its deletion', () => {
  expect(push('refs/heads/main')).toEqual({})
  expect(push('refs/heads/main', none).refusal).toBe('the cluster runs main: it cannot be deleted')
})

test.each([
  'refs/tags/main',
  'refs/main',
  'refs/remotes/main',
  'refs/remotes/main/HEAD',
  'refs/heads/heads/main',
  'refs/heads/refs/heads/main',
  'refs/tags/refs/heads/main',
])('rejects %s, which git could take for main, and accepts its deletion', (ref) => {
  expect(push(ref).refusal).toBe(`${ref}: git could confuse it with main, which Argo CD reads: use another name`)
  expect(push(ref, none)).toEqual({ note: expect.stringContaining('nothing changes') })
})

test.each([
  ['refs/heads/feature/main', 'feature/main'],
  ['refs/heads/maintenance', 'maintenance'],
  ['refs/tags/v1', 'v1'],
  ['refs/notes/commits', 'refs/notes/commits'],
])('accepts %s, and notes that Argo CD does not read it', (ref, name) => {
  expect(push(ref)).toEqual({
    note: `Argo CD reads only main: ${name} is kept without a check and changes nothing in the cluster`,
  })
})
