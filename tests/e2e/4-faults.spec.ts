/** `npm run fault`: a service behind web-api fails, and users get the fallback until the fault is cleared in git. */
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { request } from 'undici'
import { expectAccessible } from '../support/accessibility.ts'
import { Clone } from '../support/gitops.ts'
import { listUrl } from '../support/traffic.ts'

let clone: Clone

test.beforeEach(async () => {
  clone = await Clone.make()
  await clone.addUserSetup()
})

test.afterEach(() => clone.restore())

const npm = (...words: string[]) =>
  execa('npm', ['run', '--silent', ...words], { cwd: clone.folder, all: true, reject: false })

const fault = (...words: string[]) => npm('fault', '--', ...words)

interface Answer {
  status: number
  stale: boolean
  twitter: string | undefined
}

async function list(): Promise<Answer> {
  const { statusCode, headers, body } = await request(listUrl, { headers: { 'cache-control': 'no-cache' } })
  const [first] = (await body.json()) as { authorTwitter?: string }[]
  return { status: statusCode, stale: headers['x-stale'] === 'true', twitter: first?.authorTwitter || undefined }
}

async function listBecomes(expected: Record<string, unknown>): Promise<void> {
  await expect(async () => expect(await list()).toMatchObject(expected)).toPass({ timeout: 60_000 })
}

const whole = { status: 200, stale: false, twitter: expect.stringMatching(/\w/) }

test('authors fails: web-api lists articles without their authors, until the fault is cleared', async () => {
  await listBecomes(whole)
  expect((await fault('authors', '100')).all).toContain('Fault: authors, 100 % fail with status 503')
  await listBecomes({ status: 200, stale: false, twitter: undefined })
  expect((await npm('status')).all).toMatch(/Faults.*\n +authors: 100 % fail with status 503\n/)
  expect((await fault('clear')).all).toContain('Faults cleared')
  await listBecomes(whole)
})

test('during a freeze a fault is undone, and npm run check rejects changes as a push would', async () => {
  await npm('freeze', '--', 'demo')
  try {
    const rejected = await fault('authors', '25')
    expect(rejected.exitCode).toBe(1)
    expect(rejected.all).toMatch(/the change is undone:[\s\S]*frozen by .*: demo/)
    expect(await clone.head()).toBe(clone.original)
    await clone.edit('base/authors/service.yaml', '  labels:\n', '  labels:\n    frozen: "no"\n')
    expect((await npm('check')).all).toMatch(/rejected: frozen by .*: demo/)
  } finally {
    await npm('thaw')
  }
})

test('articles fails: web-api returns the last list, and marks it as stale', async ({ page }) => {
  await listBecomes(whole)
  await fault('articles', '100')
  await listBecomes({ status: 200, stale: true })
  await page.goto('/')
  await expect(page.getByText('the articles service does not answer')).toBeVisible()
  await expectAccessible(page)
  await page.screenshot({ path: 'test-results/stale.png' })
  await page.getByLabel('Title').fill('Not to be created')
  await page.getByLabel('Address (URL)').fill('https://example.com/not-to-be-created')
  await page.getByLabel('Author').fill('Harald Uebele')
  const [answer] = await Promise.all([
    page.waitForResponse('**/web-api/v1/create'),
    page.getByRole('button', { name: 'Create article' }).click(),
  ])
  expect(answer.status()).toBe(503)
  expect(answer.headers()).toMatchObject({
    'cache-control': 'no-store',
    'retry-after': expect.stringMatching(/^\d+$/),
    'x-content-type-options': 'nosniff',
  })
  expect(await answer.text()).not.toMatch(/^ {4}at /m)
  await expect(page.getByRole('alert')).toBeVisible()
  await fault('clear')
  await listBecomes(whole)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('the articles service does not answer')).toBeHidden()
})

test('authors is slow: the list does not wait for it', async () => {
  await fault('authors', 'delay', '5s')
  await listBecomes({ status: 200, stale: false, twitter: undefined })
})
