import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/support/folder.ts'
import { writeSbom } from './sbom.ts'

const { resolve } = createRequire(import.meta.url)

async function sbomOf(...files: string[]) {
  const file = path.join(temporaryFolder(), 'sbom.cdx.json')
  await writeSbom({ name: 'web-api', version: '2.1.0' }, files, file)
  return JSON.parse(await readFile(file, 'utf8'))
}

test('the SBOM names the image, and each package once, with its version and license', async () => {
  const { version } = JSON.parse(await readFile(resolve('express/package.json'), 'utf8'))
  const purl = `pkg:npm/express@${version}`
  expect(await sbomOf(resolve('express/lib/express.js'), resolve('express/lib/utils.js'))).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'application', name: 'web-api', version: '2.1.0' } },
    components: [
      { type: 'library', 'bom-ref': purl, name: 'express', version, licenses: [{ expression: 'MIT' }], purl },
    ],
  })
})

test('the SBOM leaves out files of this repository and files that the bundler generates', async () => {
  const files = [import.meta.filename, '\0vite/preload-helper.js', '/virtual/node_modules/not-there/index.js']
  expect((await sbomOf(...files)).components).toEqual([])
})

test('the SBOM removes suffixes of the bundler, and separates the scope from the name', async () => {
  const file = resolve('@vue/shared/package.json')
  const { version } = JSON.parse(await readFile(file, 'utf8'))
  expect((await sbomOf(`\0${file}?commonjs-proxy`)).components).toMatchObject([
    { group: '@vue', name: 'shared', purl: `pkg:npm/%40vue/shared@${version}` },
  ])
})
