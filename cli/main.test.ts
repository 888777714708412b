import { expect, test, vi } from 'vitest'
import { cli } from '../tests/support/cli.ts'
import { program } from './main.ts'

// Each test starts a process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const names = program.commands.map((command) => command.name())

test.each(names)('npm run %s -- --help prints the usage and does nothing else', async (name) => {
  const found = await cli([name, '--help'])
  expect(found).toMatchObject({ exitCode: 0, stderr: '', left: [] })
  expect(found.stdout).toMatch(new RegExp(`^Usage: npm run ${name} -- .*\n\n\\S`))
})

test('--help lists every command', async () => {
  const { exitCode, stdout } = await cli(['--help'])
  expect(exitCode).toBe(0)
  for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
})

test.each([
  [['status', '--fast'], "unknown option '--fast'"],
  [['stop', 'now'], 'too many arguments'],
  [['promote'], "unknown command 'promote'"],
  [['release', 'web-api'], 'the version is missing'],
  [['release', 'web-api', '2.2.0', '30'], 'too many arguments'],
  [['release', 'web-api', '2.2.0', '--fail'], 'argument missing'],
  [['release', 'web-api', '2.2.0', '--fail', '0'], 'a whole number of percent from 1 to 100'],
  [['release', 'web-api', '2.2.0', '--fail', '2.5'], 'a whole number of percent from 1 to 100'],
  [['release', 'web-api', '2.2.0', '--slow', '60001'], 'a whole number of milliseconds from 1 to 60000'],
  [['load', '--rate', '-1'], 'a whole number of requests per second from 1 to 1000'],
  [['load', '--duration', '1e3'], 'a whole number of seconds from 1 to 900'],
  [['load', '--users', '0'], 'a whole number of users from 1 to 100000'],
  [['load', '--path', '/web-api/v1/create'], 'must be one that only reads'],
  [['freeze'], "missing required argument 'reason'"],
  [['fault', 'web-app', '10'], 'usage: npm run fault'],
  [['exercise'], "missing required argument 'number'"],
  [['exercise', '12'], 'there is no exercise 12: choose one from 1 to 11'],
  [['exercise', '4', '--solve', '--reset'], "'--reset' cannot be used with option '--solve'"],
])('%j prints one line with the mistake and does nothing else', async (args, reason) => {
  const found = await cli(args)
  expect(found).toMatchObject({ exitCode: 1, stdout: '', left: [] })
  expect(found.stderr).toMatch(/^error: .*$/)
  expect(found.stderr).toContain(reason)
})
