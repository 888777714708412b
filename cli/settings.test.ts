/** As a user sees it: a command started with a bad environment. `status` changes nothing. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test, vi } from 'vitest'

const status = join(import.meta.dirname, 'status.ts')

test.each([
  ['WEB_PORT', 'abc'],
  ['WEB_PORT', ''],
  ['ARGOCD_PORT', '0'],
  ['API_PORT', '65536'],
  ['WEB_PORT', '80.5'],
  ['CLUSTER', 'openshift'],
  ['REPO_URL', ''],
])('%s=%j is refused in one line that names it', async (name, value) => {
  const env = { [name]: value }
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['--import', 'tsx', status], {
    env,
    reject: false,
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^error: .*${name}: .*$`))
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

test.each([
  ['WEB_PORT', '9090', { web: 9090 }],
  ['ARGOCD_PORT', '1', { argocd: 1 }],
  ['API_PORT', '65535', { api: 65535 }],
])('%s=%s moves that port and no other', async (name, value, moved) => {
  for (const port of ['WEB_PORT', 'ARGOCD_PORT', 'API_PORT']) vi.stubEnv(port, undefined)
  const { ports } = await import('./settings.ts')
  vi.resetModules()
  vi.stubEnv(name, value)
  expect((await import('./settings.ts')).ports).toEqual({ ...ports, ...moved })
})

test('all mistakes are told at once', async () => {
  const env = { WEB_PORT: 'abc', API_PORT: '0' }
  const { stderr } = await execa(process.execPath, ['--import', 'tsx', status], { env, reject: false })
  expect(stderr).toMatch(/WEB_PORT: .*; API_PORT: /)
})

test('what was built is kept in XDG_CACHE_HOME', async () => {
  vi.stubEnv('XDG_CACHE_HOME', '/var/cache/me')
  expect((await import('./settings.ts')).cache).toBe('/var/cache/me/cloud-native-canary')
})

test.each(['', 'cache'])('XDG_CACHE_HOME=%s, which is no absolute path, counts as not set', async (value) => {
  vi.stubEnv('XDG_CACHE_HOME', value)
  expect((await import('./settings.ts')).cache).toBe(join(homedir(), '.cache/cloud-native-canary'))
})
