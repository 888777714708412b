/** The argocd CLI on the host, against the address that `npm start` prints. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { ports } from '../../clusters/settings.ts'
import { argoCdPassword } from '../../clusters/system.ts'
import { tool } from '../../clusters/tools.ts'

test('one logs in with the generated password, and syncs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'argocd-'))
  const argocd = (...args: string[]) => tool('argocd', [...args, '--config', join(folder, 'config')], { all: true })
  const credentials = ['--username=admin', `--password=${await argoCdPassword()}`]
  await argocd('login', `127.0.0.1:${ports.argocd}`, '--plaintext', ...credentials)
  const sync = await argocd('app', 'sync', 'web-api', '--timeout=60')
  expect(String(sync.all)).toMatch(/Phase:\s+Succeeded/)
  await rm(folder, { recursive: true })
})
