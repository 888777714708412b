/** Argo CD reverts changes that somebody makes in the cluster by hand. */
import { expect, test } from '@playwright/test'
import { kubectl } from '../../cli/tools.ts'
import { askMany } from '../support/traffic.ts'

test('Argo CD recreates a deleted Deployment, and articles are listed without authors meanwhile', async () => {
  await kubectl(['delete', 'deployment', 'authors', '--wait=false'])
  expect(await askMany(50)).toEqual({ '1.0.0': 50 })
  await expect(async () => {
    expect(await kubectl(['get', 'deployment', 'authors', '--output=jsonpath={.status.readyReplicas}'])).toBe('1')
  }).toPass({ timeout: 90_000 })
})

test('Argo CD reverts a Gateway that was edited by hand', async ({ page }) => {
  const patch = '[{"op":"replace","path":"/spec/servers/0/hosts","value":["elsewhere.example.com"]}]'
  const hosts = ['get', 'gateway', 'default-gateway-ingress-http', '--output=jsonpath={.spec.servers[0].hosts[0]}']
  await kubectl(['patch', 'gateway', 'default-gateway-ingress-http', '--type=json', `--patch=${patch}`])
  await expect(async () => expect(await kubectl(hosts)).toBe('*')).toPass({ timeout: 60_000 })
  await expect(async () => {
    await page.goto('/')
    await expect(page.getByTestId('version')).toHaveText('1.0.0')
  }).toPass({ timeout: 30_000 })
})

test('Argo CD reverts a route of a canary that was edited by hand', async () => {
  const attempts = ['get', 'virtualservice', 'web-api', '--output=jsonpath={.spec.http[0].retries.attempts}']
  const before = await kubectl(attempts)
  const patch = '[{"op":"replace","path":"/spec/http/0/retries/attempts","value":9}]'
  await kubectl(['patch', 'virtualservice', 'web-api', '--type=json', `--patch=${patch}`])
  await expect(async () => expect(await kubectl(attempts)).toBe(before)).toPass({ timeout: 60_000 })
  expect(await askMany(50)).toEqual({ '1.0.0': 50 })
})
