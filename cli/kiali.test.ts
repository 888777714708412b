import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isKialiOn, optionsFile } from './kiali.ts'
import { root } from './settings.ts'

const text = readFileSync(join(root, optionsFile), 'utf8')

test('Kiali is enabled only when its own line is uncommented', () => {
  expect(isKialiOn(text)).toBe(false)
  expect(isKialiOn(text.replace('# - ../../apps/options/tracing #', '- ../../apps/options/tracing #'))).toBe(false)
  expect(isKialiOn(text.replace('# - ../../apps/options/kiali #', '- ../../apps/options/kiali #'))).toBe(true)
})
