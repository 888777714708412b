import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/support/folder.ts'
import { argoCdUi, argoRolloutsUi, prepareSources, webUiFolder } from './web-ui.ts'

const dir = temporaryFolder()

const moduleOf = (Version: string) => ({ Path: 'example.com/upstream', Version, Dir: dir })

beforeAll(async () => {
  await mkdir(join(dir, 'ui'))
  const dependencies = {
    react: '^20.0.0',
    'new-in-upstream': '1.0.0',
    'argo-ui': 'git+https://example.com/argo-ui.git',
  }
  await writeFile(join(dir, 'ui/package.json'), JSON.stringify({ dependencies }))
})

test('prepareSources rejects an upstream version that needs other packages, and names them', async () => {
  const prepared = prepareSources(argoCdUi, moduleOf('v4.0.0'), join(dir, 'work'))
  await expect(prepared).rejects.toThrow(
    'cli/images/built/argo-cd-ui/package.json: example.com/upstream v4.0.0 needs react ^20.0.0',
  )
})

test('each version of each web UI has its own folder in the cache', () => {
  const folders = [argoCdUi, argoRolloutsUi].flatMap((ui) =>
    ['v1.0.0', 'v1.0.1'].map((version) => webUiFolder(ui, moduleOf(version))),
  )
  expect(new Set(folders).size).toBe(4)
})
