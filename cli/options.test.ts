import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enabledOptions, lineOf, optionNames, optionsFile } from './options.ts'
import { root } from './settings.ts'

const text = readFileSync(join(root, optionsFile), 'utf8')

test('git enables no option at first', () => {
  expect(enabledOptions(text)).toEqual([])
})

test.each(optionNames)('%s is enabled only when its own line is uncommented', (option) => {
  expect(enabledOptions(text.replace(`# - ${lineOf(option)} #`, `- ${lineOf(option)} #`))).toEqual([option])
})
