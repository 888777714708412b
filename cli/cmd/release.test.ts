/** The command's mistakes, as a user sees them. No tool can be found: whatever it started would tell itself. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

async function release(...args: string[]) {
  const empty = await mkdtemp(join(tmpdir(), 'release-'))
  onTestFinished(() => rm(empty, { recursive: true }))
  const command = ['--import', 'tsx', join(import.meta.dirname, 'release.ts'), ...args]
  const options = { env: { PATH: empty, XDG_CACHE_HOME: empty }, reject: false }
  const { exitCode, stdout, stderr } = await execa(process.execPath, command, options)
  return { exitCode, stdout, stderr, built: await readdir(empty) }
}

test.each([
  ['no argument', []],
  ['a component that is none', ['database', '1.0.0']],
  ['a name that every object has', ['constructor', '1.0.0']],
  ['a word too many', ['web-api', '2.2.0', '30']],
])('%s: the usage with all components, and nothing is built', async (_, args) => {
  expect(await release(...args)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: usage: npm run release -- web-api\|articles\|authors\|web-app VERSION.*$/),
    built: [],
  })
})

test.each([
  '',
  'latest',
  '2.1',
  'v2.1.0',
  '2.1.0-',
  '2.1.0-a/b',
  '2.1.0 --push',
  '2.1.0\n',
])('%j is not a version: one line says what is, and nothing is built', async (version) => {
  expect(await release('web-api', version)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `error: "${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`,
    built: [],
  })
})

test.each([
  [['web-api', '2.2.0', '--fail', '130'], '--fail 130: must be a whole number of percent from 1 to 100'],
  [['web-api', '2.2.0', '--fail', '0'], '--fail 0: must be a whole number of percent from 1 to 100'],
  [['web-api', '2.2.0', '--fail', '2.5'], '--fail 2.5: must be a whole number of percent from 1 to 100'],
  [['web-api', '2.2.0', '--slow', 'x'], '--slow x: must be a whole number of milliseconds from 1 to 60000'],
  [['web-api', '2.2.0', '--slow='], '--slow : must be a whole number of milliseconds from 1 to 60000'],
  [['articles', '1.1.0', '--fail', '30'], '--fail and --slow are for web-api only: articles has no canary.*'],
  [['web-app', '1.1.0', '--slow', '800'], '--fail and --slow are for web-api only: web-app has no canary.*'],
  [['web-api', '2.2.0', '--fail', '-1'], '.*--fail.*usage: npm run release.*'],
  [['web-api', '2.2.0', '--fail'], '.*--fail.*usage: npm run release.*'],
  [['web-api', '2.2.0', '--fall', '30'], '.*--fall.*usage: npm run release.*'],
])('%j: one line says what is wrong, and nothing is built', async (args, line) => {
  expect(await release(...args)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^error: ${line}$`)),
    built: [],
  })
})
