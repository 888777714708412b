import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../tests/support/folder.ts'
import { buildService } from './build.ts'
import { createKey, issuer } from './local.ts'

const work = temporaryFolder()
const { publicKeyFile } = await createKey(work)

/** Runs a bundle as its container does, apart from the port. */
function run(dist: string, environment: NodeJS.ProcessEnv) {
  const env = { NODE_ENV: 'production', PORT: '0', HOST: '127.0.0.1', SHUTDOWN_GRACE_MS: '0', ...environment }
  const child = spawn(process.execPath, [path.join(dist, 'server.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, output: text(child.stdout), errors: text(child.stderr) }
}

/** The first line that a service logs. */
async function firstLine(child: ChildProcess) {
  const [data] = await once(child.stdout ?? child, 'data')
  return JSON.parse(String(data).split('\n', 1)[0] ?? '')
}

/** Base URL, from the first line that a service logs. */
async function urlOf(child: ChildProcess): Promise<string> {
  return `http://127.0.0.1:${(await firstLine(child)).address.port}`
}

const environments = {
  'web-api': () => ({ JWT_ISSUER: issuer, JWT_PUBLIC_KEY_FILE: publicKeyFile }),
  articles: () => ({ PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'a', PGDATABASE: 'a' }),
  authors: () => ({}),
}

describe.each(['web-api', 'articles', 'authors'] as const)('%s', (name) => {
  test('is one file under 5 MB that runs as the version it was built as, and stops on SIGTERM', async () => {
    const dist = await buildService(name, '1.2.3', path.join(work, name))
    expect((await readdir(dist)).toSorted()).toEqual(['package.json', 'sbom.cdx.json', 'server.js'])
    expect((await stat(path.join(dist, 'server.js'))).size).toBeLessThan(5_000_000)
    const { child, errors } = run(dist, environments[name]())
    const response = await fetch(`${await urlOf(child)}/health/live`)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-version')).toBe('1.2.3')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await errors).toBe('')
  })
})

test('the bundle of web-api contains Swagger UI', async () => {
  const { child } = run(
    await buildService('web-api', '2.0.0-rc.1', path.join(work, 'swagger')),
    environments['web-api'](),
  )
  const script = await fetch(`${await urlOf(child)}/openapi/ui/swagger-ui-bundle.js`)
  expect(await script.text()).toContain('SwaggerUIBundle')
})

test('a service with several mistakes in its environment lists them all and exits with code 1', async () => {
  const environment = { PORT: 'http', AUTHORS_URL: 'authors', JWT_PUBLIC_KEY_FILE: '/nowhere' }
  const { child, errors } = run(await buildService('web-api', '1.0.0', path.join(work, 'mistakes')), environment)
  expect(await once(child, 'exit')).toEqual([1, null])
  expect((await errors).trim().split('\n').toSorted()).toEqual([
    '  AUTHORS_URL: must be an http or https URL',
    '  JWT_ISSUER: is missing',
    '  JWT_PUBLIC_KEY_FILE: must be the path of a readable file',
    '  PORT: must be a whole number from 0 to 65535',
    'The environment is not usable:',
  ])
})

test('a bad release logs at its start that it is one, and checks its settings', async () => {
  const dist = await buildService('web-api', '2.2.0', path.join(work, 'bad'))
  const { child } = run(dist, { ...environments['web-api'](), FAIL_PERCENT: '30', SLOW_MS: '800' })
  expect(await firstLine(child)).toMatchObject({
    level: 'warn',
    msg: 'this is a bad release on purpose',
    failPercent: 30,
    slowMs: 800,
  })
  const { errors } = run(dist, { ...environments['web-api'](), FAIL_PERCENT: '130', SLOW_MS: 'x' })
  expect((await errors).trim().split('\n')).toEqual([
    'The environment is not usable:',
    '  FAIL_PERCENT: must be a whole number from 0 to 100',
    '  SLOW_MS: must be a whole number from 0 to 60000',
  ])
})

test('an invalid public key ends web-api with an error that names the variable', async () => {
  const environment = { JWT_ISSUER: issuer, JWT_PUBLIC_KEY_FILE: import.meta.filename }
  const { child, errors } = run(await buildService('web-api', '1.0.0', path.join(work, 'mistakes')), environment)
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(await errors).toMatch(/^JWT_PUBLIC_KEY_FILE: .* is not a public key in PEM \(SPKI\) for EdDSA/)
})

test.each(['', '1', '1.0', 'v1.0.0', '1.0.0+build', '01.0.0', '1.0.0-'])('"%s" is not a version', async (version) => {
  await expect(buildService('authors', version, work)).rejects.toThrow(`"${version}" is not a semantic version`)
})
