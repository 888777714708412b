import { expect, test } from 'vitest'
import { mistakeOf } from './kustomize.ts'
import { textOf } from './objects.ts'

/** An error of kustomize 5.8.1. */
const collision = `Error: accumulating resources: accumulation err='accumulating resources from '../../../overlays/canary': '/tree/overlays/canary' must resolve to a file': recursed accumulation of path '/tree/overlays/canary': accumulating resources: accumulation err='merging resources from 's2.yaml': may not add resource with an already registered id: Service.v1.[noGrp]/web-api-stable.[noNs]': must build at directory: '/tree/overlays/canary/s2.yaml': file is not directory`

const remote = `Error: accumulating resources: accumulation err='accumulating resources from '../../../base/web-app': '/tree/base/web-app' must resolve to a file': recursed accumulation of path '/tree/base/web-app': accumulating resources: accumulation err='accumulating resources from 'github.com/example/repo//x?ref=v1': evalsymlink failure on '/tree/base/web-app/github.com/example/repo/x?ref=v1' : lstat /tree/base/web-app/github.com: no such file or directory': failed to run '/usr/bin/git fetch --depth=1 https://github.com/example/repo v1': fatal: unable to access 'https://github.com/example/repo/': Could not resolve host: github.com
: exit status 128`

test("extracts the reason from kustomize's error, and names the object as Kind/name", () => {
  const { file, reason } = mistakeOf('/tree', 'overlays/split', collision)
  expect(file).toBe('overlays/canary')
  expect(reason).toBe('may not add resource with an already registered id: Service/web-api-stable')
})

test('extracts the reason from an error in a Component of a Component', () => {
  const inner = String.raw`accumulating components: accumulateDirectory: \"recursed accumulation of path '/tree/apps/shared': unable to find field \\\"spec.source.path\\\" in replacement target\"`
  const error = `Error: accumulating components: accumulateDirectory: "recursed accumulation of path '/tree/apps': ${inner}"`
  const { file, reason, details } = mistakeOf('/tree', 'clusters/minikube', error)
  expect(file).toBe('apps/shared')
  expect(reason).toBe('unable to find field "spec.source.path" in replacement target')
  expect(details).toMatch(/^recursed accumulation .* in replacement target$/)
})

test("reports git's error for a repository that does not answer", () => {
  const { reason } = mistakeOf('/tree', 'base/web-app', remote)
  expect(reason).toMatch(
    /^git fetch --depth=1 https:\/\/github.com\/example\/repo v1.*Could not resolve host: github.com/,
  )
})

test('a line has at most 200 characters, and the verbose text adds the whole error', () => {
  const mistake = mistakeOf('/tree', 'base/web-app', remote.replace('Could', `${'very '.repeat(100)}could`))
  expect(textOf(mistake, false)).toMatch(/^.{199}…$/)
  expect(textOf(mistake, true)).toMatch(/…\n {4}accumulating resources: .*\n {4}: exit status 128$/)
})
