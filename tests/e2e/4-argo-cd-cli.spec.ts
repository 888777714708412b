/** The permissions of Argo CD's accounts. */
import { expect, test } from '@playwright/test'
import { ports } from '../../cli/settings.ts'
import { ArgoCdCli } from '../support/argocd.ts'

let argocd: ArgoCdCli

test.beforeAll(async () => {
  argocd = await ArgoCdCli.login()
})

test.afterAll(() => argocd.remove())

const sync = ['app', 'sync', 'web-api', '--timeout=60']
const retry = ['app', 'actions', 'run', 'web-api', 'retry', '--kind=Rollout', '--resource-name=web-api']
const remove = ['app', 'delete', 'web-api', '--yes']
const denied = /permission denied|PermissionDenied/

test('the administrator logs in with the generated password, and syncs', async () => {
  expect((await argocd.run(...sync)).output).toMatch(/Phase:\s+Succeeded/)
})

test('the deployer syncs the services, and nothing else', async () => {
  const deployer = (...args: string[]) => argocd.runAs('deployer', ...args).then(({ output }) => output)
  expect(await deployer(...sync)).toMatch(/Phase:\s+Succeeded/)
  expect(await deployer('app', 'list', '--output=name')).not.toContain('root')
  expect(await deployer('app', 'sync', 'platform')).toMatch(denied)
  expect(await deployer('app', 'set', 'web-api', '--path=base/authors')).toMatch(denied)
  expect(await deployer(...remove)).toMatch(denied)
})

test('the viewer sees everything and changes nothing', async () => {
  const viewer = (...args: string[]) => argocd.runAs('viewer', ...args).then(({ output }) => output)
  expect(await viewer('app', 'list', '--output=name')).toContain('argocd/root')
  for (const command of [sync, retry, remove]) expect(await viewer(...command)).toMatch(denied)
})

test('Argo CD returns 401 without a token', async () => {
  const answer = await fetch(`http://127.0.0.1:${ports().argocd}/api/v1/applications`)
  expect(answer.status).toBe(401)
})
