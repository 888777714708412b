import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { cli } from '../tests/support/cli.ts'
import { readEnvironment } from './settings.ts'

// Some tests start a process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

test.each([
  ['WEB_PORT', 'abc'],
  ['WEB_PORT', ''],
  ['WEB_PORT', '80.5'],
  ['ARGOCD_PORT', '0'],
  ['DASHBOARD_PORT', '65536'],
  ['LISTEN', 'localhost'],
  ['LISTEN', '0.0.0.0'],
  ['LISTEN', '::'],
  ['ROOM_PORT', '0'],
  ['IMAGES', 'foo'],
  ['CLUSTER', 'minikube'],
  ['REPO_URL', ''],
])('with %s=%j a command prints one line that names the variable', async (name, value) => {
  const found = await cli(['status'], { [name]: value })
  expect(found).toMatchObject({ exitCode: 1, stdout: '' })
  expect(found.stderr).toMatch(new RegExp(`^error: the environment is not usable: ${name}: .*$`))
})

test('the line names all invalid variables', async () => {
  const { stderr } = await cli(['status'], { WEB_PORT: 'abc', IMAGES: 'foo' })
  expect(stderr).toMatch(/^error: .*IMAGES: .*; WEB_PORT: .*$/)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

test.each([
  ['WEB_PORT', '9090', { WEB_PORT: 9090 }],
  ['ARGOCD_PORT', '1', { ARGOCD_PORT: 1 }],
  ['DASHBOARD_PORT', '65535', { DASHBOARD_PORT: 65535 }],
  ['LISTEN', '192.168.1.5', { LISTEN: '192.168.1.5' }],
  ['LISTEN', 'fe80::1', { LISTEN: 'fe80::1' }],
  ['IMAGES', 'built', { IMAGES: 'built' }],
])('%s=%s is valid', (name, value, expected) => {
  vi.stubEnv(name, value)
  expect(readEnvironment()).toMatchObject(expected)
})

test('the cache is in XDG_CACHE_HOME', async () => {
  vi.stubEnv('XDG_CACHE_HOME', '/var/cache/me')
  expect((await import('./settings.ts')).cache).toBe('/var/cache/me/cloud-native-canary')
})

test.each(['', 'cache'])('XDG_CACHE_HOME=%s, which is not an absolute path, counts as unset', async (value) => {
  vi.stubEnv('XDG_CACHE_HOME', value)
  expect((await import('./settings.ts')).cache).toBe(join(homedir(), '.cache/cloud-native-canary'))
})
