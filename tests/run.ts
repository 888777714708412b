/**
 * `npm test`: runs lint and types, starts the cluster if none is running, and runs the static tests, the scanners, the tests that
 * ask the cluster, and the end-to-end tests. Stops the cluster again if it started it. Ends with one line "N passed, N failed".
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { canInstall, installPackages } from '../cli/debian.ts'
import { containerState } from '../cli/minikube/minikube.ts'
import { rememberedChoices, root } from '../cli/settings.ts'
import { systemChromium } from './support/browser.ts'

const results = join(root, 'test-results')

interface Tally {
  passed: number
  failed: number
}

/** Runs a part of the tests, and prints its duration. */
async function run(command: string, ...args: string[]): Promise<boolean> {
  console.log(`\n▸ ${command} ${args.join(' ')}`)
  const start = performance.now()
  const { exitCode } = await execa(command, args, { cwd: root, stdio: 'inherit', reject: false })
  console.log(`${exitCode === 0 ? '✓' : '✗'} ${((performance.now() - start) / 1000).toFixed(0)} s`)
  return exitCode === 0
}

/** Runs a check, which counts as one test. */
async function check(...args: string[]): Promise<Tally> {
  const passed = await run('npm', 'run', '--silent', ...args)
  return { passed: Number(passed), failed: Number(!passed) }
}

/** Reads a report; undefined when the run did not write one, which means that it failed. */
async function readReport<T>(file: string): Promise<T | undefined> {
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as T) : undefined
}

/** @param command runs Vitest */
async function vitest(name: string, ...command: [string, ...string[]]): Promise<Tally> {
  const file = join(results, `${name}.json`)
  const ok = await run(...command, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`)
  const report = await readReport<{ numPassedTests: number; numFailedTests: number }>(file)
  const failed = report?.numFailedTests ?? 0
  return { passed: report?.numPassedTests ?? 0, failed: ok ? failed : Math.max(failed, 1) }
}

/** Installs Debian's Chromium where possible, else Playwright's, as on Ubuntu, which has it only as a snap. */
async function installBrowser(): Promise<void> {
  if (systemChromium()) return
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(await readFile('/etc/os-release', 'utf8'))
  if (isDebian && canInstall()) await installPackages(['chromium'])
  else await run('npx', 'playwright', 'install', '--with-deps', 'chromium')
}

async function playwright(): Promise<Tally> {
  await installBrowser()
  const ok = await run('npx', 'playwright', 'test', '--config=tests/playwright.config.ts', '--project=e2e')
  const report = await readReport<{ stats: { expected: number; unexpected: number; flaky: number } }>(
    join(results, 'e2e.json'),
  )
  const failed = (report?.stats.unexpected ?? 0) + (report?.stats.flaky ?? 0)
  return { passed: report?.stats.expected ?? 0, failed: ok ? failed : Math.max(failed, 1) }
}

/** Restores the state before: a running cluster, a stopped one, or none. Keeps the cluster after a failure, for inspection. */
async function leaveAsBefore(hadCluster: boolean, wasRunning: boolean, isGreen: boolean): Promise<void> {
  if (wasRunning) return
  if (!hadCluster && isGreen) await run('npm', 'run', '--silent', 'delete')
  else await run('npm', 'stop')
}

/** The static tests come after the start too: where nothing can be fetched, npm start builds the programs that render manifests. */
async function testsWithCluster(): Promise<Tally[]> {
  const hadCluster = rememberedChoices() !== undefined
  const wasRunning = hadCluster && (await containerState()) === 'running'
  const isStarted = await run('npm', 'start')
  const tallies = [await vitest('static', 'npm', 'run', '--silent', 'test:static', '--')]
  if (isStarted) {
    tallies.push(await vitest('cluster', 'npx', 'vitest', 'run', '--project=scanners', '--project=cluster'))
    tallies.push(await playwright())
  } else tallies.push({ passed: 0, failed: 1 })
  await leaveAsBefore(
    hadCluster,
    wasRunning,
    tallies.every(({ failed }) => failed === 0),
  )
  return tallies
}

await rm(results, { recursive: true, force: true })
await mkdir(results, { recursive: true })
const tallies = [await check('lint'), await check('typecheck'), ...(await testsWithCluster())]
const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
