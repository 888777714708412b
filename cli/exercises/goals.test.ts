import { expect, test } from 'vitest'
import { type Setting, settingFinding } from './goals.ts'

const setting: Setting = { file: 'kustomization.yaml', pattern: /^ *newTag: (\S+)/m }
const [old, solved, wrong] = ['1.0.0', '2.0.0', '2.1.0'].map(
  (tag) => `images:\n  - name: web-api\n    newTag: ${tag}\n`,
)

test.each([
  ['the remote has the value', [old, old, solved], false, 'It is right.'],
  ['nothing is changed', [old, old, old], false, 'kustomization.yaml:3 has 1.0.0: change it to 2.0.0, commit'],
  ['another value is pushed', [wrong, wrong, wrong], false, 'kustomization.yaml:3 has 2.1.0: change it to 2.0.0'],
  ['the change is not committed', [solved, old, old], false, 'is not committed: git commit'],
  ['the commit is not pushed', [solved, solved, old], false, 'The remote does not have your commit'],
  ['the remote is ahead', [solved, solved, old], true, 'git pull cluster main'],
  ['the line is gone', ['', old, old], false, 'has no line for 2.0.0'],
  ['the file is gone', [undefined, old, old], false, 'has no line for 2.0.0'],
])('when %s, the sentence says so', (_, [tree, head, remote], isBehind, says) => {
  const found = settingFinding(setting, '2.0.0', { tree, head, remote }, isBehind, 'It is right.')
  expect(found.says).toContain(says)
  expect(found.isReached).toBe(says === 'It is right.')
})
