import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/support/folder.ts'
import { root } from '../settings.ts'
import { kustomizations, readsAny } from './render.ts'

const reads = (folder: string, ...files: string[]) => readsAny(root, folder, new Set(files))

test('finds the kustomizations that read a file, directly or through others', () => {
  expect(reads('overlays/canary', 'components/canary/rollout.yaml')).toBe(true)
  expect(reads('overlays/canary-auto', 'components/canary/rollout.yaml')).toBe(true)
  expect(reads('overlays/canary-auto', 'base/web-api/service.yaml')).toBe(true)
  expect(reads('base/monitoring', 'base/monitoring/prometheus.yml')).toBe(true)
  expect(reads('overlays/canary', 'overlays/canary/kustomization.yaml')).toBe(true)
})

test('leaves out kustomizations that do not read the file', () => {
  expect(reads('overlays/split', 'components/canary/rollout.yaml')).toBe(false)
  expect(reads('overlays/canary', 'clusters/production/kustomization.yaml', 'README.md')).toBe(false)
})

test('finds every folder that kustomize builds, with each of the file names, and every Component', async () => {
  const tree = temporaryFolder()
  const files = { 'apps/kustomization.yaml': '', 'base/a/b/kustomization.yml': '', 'extras/Kustomization': '' }
  for (const [file, text] of Object.entries({ ...files, 'base/c/kustomization.yaml': 'kind: Component\n' })) {
    await mkdir(join(tree, file, '..'), { recursive: true })
    await writeFile(join(tree, file), text)
  }
  expect(await kustomizations(tree)).toEqual({
    buildable: ['apps', 'base/a/b', 'extras'],
    components: ['base/c'],
  })
})
