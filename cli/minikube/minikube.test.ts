import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

test.each([
  ['', join(homedir(), '.minikube')],
  ['/data', '/data/.minikube'],
  ['/data/.minikube', '/data/.minikube'],
])('with MINIKUBE_HOME="%s" Minikube\'s home is %s', async (chosen, home) => {
  vi.stubEnv('MINIKUBE_HOME', chosen)
  expect((await import('./minikube.ts')).minikubeHome).toBe(home)
})
