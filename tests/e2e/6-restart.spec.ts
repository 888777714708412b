/** `npm stop` and `npm start` keep everything as it was. */
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { kubectl } from '../../cli/tools.ts'
import { Clone } from '../support/gitops.ts'
import { queryNumber } from '../support/prometheus.ts'

/** Runs npm; the error of a failure or time-out contains the output. */
const npm = (...args: string[]) => execa('npm', args, { all: true, timeout: 240_000 })

test('a created article and the measurements survive a stop and a start, and status reports both states', async ({
  page,
}) => {
  test.setTimeout(600_000)
  const title = `Written before the stop, ${Date.now()}`
  await page.goto('/')
  await page.getByLabel('Title').fill(title)
  await page.getByLabel('Address (URL)').fill('https://example.com/before-the-stop')
  await page.getByLabel('Author').fill('Harald Uebele')
  await page.getByRole('button', { name: 'Create article' }).click()
  await expect(page.getByRole('link', { name: title })).toBeVisible()
  const rollouts = [
    'get',
    'rollout',
    'web-api',
    '--output=jsonpath={.metadata.uid} {.spec.template.spec.containers[0].image}',
  ]
  const before = await kubectl(rollouts)
  const counted = `sum(istio_requests_total{app="istio-ingressgateway"} @ ${Math.floor(Date.now() / 1000)})`
  const requests = await queryNumber(counted)
  expect(requests).toBeGreaterThan(0)

  await npm('stop')
  const stopped = await execa('npm', ['run', '--silent', 'status'], { all: true, reject: false })
  expect(stopped.exitCode, stopped.all).toBe(1)
  expect(stopped.all).toContain('npm start')
  await expect(page.goto('/')).rejects.toThrow('net::ERR_')

  const clone = await Clone.make()
  const push = await clone.push('While the cluster is stopped')
  expect(push.accepted).toBe(false)
  expect(push.output).toMatch(/^remote: error: the cluster is not running; start it with: npm start\s*$/m)

  await npm('start')
  expect(await kubectl(rollouts)).toBe(before)
  expect(await queryNumber(counted)).toBe(requests)
  // The browser may reuse a connection from before the stop, which fails once.
  await expect(async () => void (await page.goto('/'))).toPass({ timeout: 15_000 })
  await expect(page.getByRole('link', { name: title })).toBeVisible()
  const running = await execa('npm', ['run', '--silent', 'status'], { all: true, reject: false })
  expect(running.exitCode, running.all).toBe(0)
})
