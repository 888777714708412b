/** The dashboard in a browser: watch, promote and abort releases; and requests from other web pages, which it rejects. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { expect } from '@playwright/test'
import { execa } from 'execa'
import { request } from 'undici'
import { paths, ports, readEnvironment, root } from '../../cli/settings.ts'
import { kubectlJson } from '../../cli/tools.ts'
import { windowSeconds } from '../../dashboard/graph.ts'
import { expectAccessible, pressByKeyboard } from '../support/accessibility.ts'
import { makeVersion, test } from '../support/canary.ts'
import { testIdentity } from '../support/gitops.ts'
import { queryNumber } from '../support/prometheus.ts'
import { rolloutIs, weightsAre } from '../support/rollouts.ts'
import { askMany, startLoad } from '../support/traffic.ts'

let dashboard: ChildProcess
let url: string

test.beforeAll(async () => {
  const env = { ...process.env, ...testIdentity, LISTEN: '127.0.0.1' }
  dashboard = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'dashboard'], { cwd: root, env })
  url = await new Promise((found, failed) => {
    let printed = ''
    dashboard.stdout?.on('data', (data) => {
      printed += data
      const match = /http:\S+#token=\S+/.exec(printed)
      if (match) found(match[0])
    })
    dashboard.stderr?.on('data', (data) => (printed += data))
    dashboard.once('exit', () => failed(new Error(printed)))
  })
})

test.afterAll(async () => {
  dashboard.kill('SIGINT')
  if (dashboard.exitCode === null) await once(dashboard, 'exit')
})

test('the page shows a push and the canary at 20 %, and Promote promotes it', async ({ page, clone }, info) => {
  await page.goto(url)
  const row = page.locator('[data-application="web-api"]')
  await expect(row).toContainText('Synced')
  await expect(page.getByTestId('phase')).toHaveText('Healthy')
  await expect(page.getByRole('button', { name: 'Promote' })).toBeDisabled()
  const links = page.getByRole('navigation', { name: 'Other pages' }).getByRole('link')
  await expect(links).toHaveText(['Web app', 'Traffic', 'Argo CD', 'Argo Rollouts'])
  await expect(links.nth(2)).toHaveAttribute('href', `http://127.0.0.1:${ports().argocd}`)

  const load = startLoad(50)
  try {
    await clone.release('2.0.0')
    await expect(page.getByTestId('weights')).toHaveAccessibleName('stable 80 %, canary 20 %', { timeout: 90_000 })
    await expect(row).toContainText((await clone.head()).slice(0, 7))
    await expect(page.getByTestId('phase')).toHaveText('Paused', { timeout: 60_000 })
    await expect(page.locator('li[aria-current="step"]')).toHaveText('pause')
    await expect(page.getByTestId('analysis')).toContainText('error-share', { timeout: 60_000 })
    for (const edge of ['gateway stable', 'gateway canary', 'stable articles', 'canary authors', 'articles database'])
      await expect(page.locator(`[data-edge="${edge}"]`)).toBeVisible({ timeout: 45_000 })
    await expect(async () => {
      const rates = await page.locator('[data-edge^="gateway "] td:nth-child(3)').allInnerTexts()
      const sum = rates.reduce((total, rate) => total + Number.parseFloat(rate), 0)
      expect(sum).toBeGreaterThan(50 * 0.98)
      expect(sum).toBeLessThan(50 * 1.02)
    }).toPass({ timeout: 60_000 })
    const routes = page.getByTestId('routes').getByRole('row').filter({ hasText: 'GET /web-api/v1/getmultiple' })
    await expect(routes.filter({ hasText: '1.0.0' })).toContainText('200 100 %')
    await expect(routes.filter({ hasText: '2.0.0' })).toContainText('200 100 %')
    await expect(page.getByTestId('decisions')).toContainText(/weight: canary 20 %, (1[6-9]|2[0-4]) % seen/)
    await expectAccessible(page)
    for (const [name, colorScheme, width] of [
      ['light', 'light', 1280],
      ['dark', 'dark', 1280],
      ['narrow', 'light', 360],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await expectAccessible(page)
      const path = info.outputPath(`${name}.png`)
      await page.screenshot({ path, fullPage: true })
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    }
    await pressByKeyboard(page, page.getByRole('button', { name: 'Promote' }))
    await expect(page.getByRole('status')).toHaveText('web-api is promoted')
    await expect(page.getByTestId('phase')).toHaveText('Healthy', { timeout: 90_000 })
    await expect(page.getByTestId('events')).toContainText('promoted web-api 2.0.0, after 1.0.0')
  } finally {
    await load.stop()
  }
})

/** Requests per second on each edge from Prometheus, without the page's own queries. */
async function ratesOfPrometheus(): Promise<Record<string, number>> {
  const { items } = await kubectlJson<{
    items: { spec: { containers: { name: string; image: string }[] }; status: { podIP: string } }[]
  }>(['get', 'pods', '--selector=app=web-api'])
  const addressesOf = (version: string) =>
    items.filter(({ spec }) => spec.containers.some(({ image }) => image.endsWith(`web-api:${version}`)))
  const counters: Record<string, string> = {
    'articles database': 'db_client_operation_duration_seconds_count',
  }
  for (const [subset, version] of [
    ['stable', '1.0.0'],
    ['canary', '2.0.0'],
  ] as const) {
    const instances = addressesOf(version).map(({ status }) => status.podIP)
    const gateway = `app="istio-ingressgateway",destination="web-api",subset="${subset}"`
    counters[`gateway ${subset}`] = `envoy_cluster_upstream_rq{${gateway}}`
    for (const destination of ['articles', 'authors'])
      counters[`${subset} ${destination}`] =
        `envoy_cluster_upstream_rq{app="web-api",destination="${destination}",instance=~"${instances.join('|')}"}`
  }
  const rates = Object.entries(counters).map(async ([edge, counter]) => {
    return [edge, (await queryNumber(`sum(increase(${counter}[${windowSeconds}s]))`)) / windowSeconds] as const
  })
  return Object.fromEntries(await Promise.all(rates))
}

test('the numbers of the page match Prometheus and the load generator', { tag: '@long' }, async ({ page, clone }) => {
  const ratesOfPage = async () => {
    const rows = await page.locator('[data-edge]').all()
    const cells = rows.map(async (row) => {
      const rate = await row.locator('td:nth-child(3)').innerText()
      return [await row.getAttribute('data-edge'), Number.parseFloat(rate)] as const
    })
    return Object.fromEntries(await Promise.all(cells)) as Record<string, number>
  }
  await page.goto(url)
  const load = startLoad(100)
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  const since = performance.now()
  const samples: { at: number; page: Record<string, number>; prometheus: Record<string, number> }[] = []
  // After this time the whole window has these weights.
  await expect.poll(() => performance.now() - since, { timeout: 120_000 }).toBeGreaterThan(1.3 * windowSeconds * 1000)
  // A window ends between two scrapes, and on a busy machine a scrape is late. The mean of many windows that end at
  // different scrapes evens this out.
  while (samples.length < 20 || performance.now() - (samples[0]?.at ?? 0) < 20_000)
    samples.push({ at: performance.now(), page: await ratesOfPage(), prometheus: await ratesOfPrometheus() })
  const answers = await load.stop()
  const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const shown = (edge: string) => mean(samples.map((sample) => sample.page[edge] ?? 0))
  const within = (found: number, wanted: number, what: string) => {
    // 2 %, and the page's rounding to 0.1.
    expect(Math.abs(found - wanted), `${what}: ${found} instead of ${wanted}`).toBeLessThan(0.02 * wanted + 0.05)
  }
  for (const edge of Object.keys(samples[0]?.prometheus ?? {}))
    within(shown(edge), mean(samples.map((sample) => sample.prometheus[edge] ?? 0)), edge)
  for (const [subset, version] of [
    ['stable', '1.0.0'],
    ['canary', '2.0.0'],
  ] as const) {
    const asked = samples.map(({ at }) => {
      const window = answers.filter((answer) => answer.dueAt <= at && answer.dueAt > at - windowSeconds * 1000)
      return window.filter((answer) => answer.version === version).length / windowSeconds
    })
    within(shown(`gateway ${subset}`), mean(asked), `gateway to ${version}, by the generator`)
  }
})

test('Abort aborts the canary, and Retry starts it again', async ({ page, clone }) => {
  await page.goto(url)
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await page.getByRole('button', { name: 'Abort' }).click()
  await weightsAre({ stable: 100, canary: 0 })
  await expect(page.getByTestId('phase')).toHaveText('Degraded')
  await expect(page.getByTestId('events')).toContainText('aborted web-api 2.0.0')
  await page.getByRole('button', { name: 'Retry' }).click()
  await weightsAre({ stable: 80, canary: 20 })
})

test('Roll back in git aborts a release that is under way, and takes back one that is done', async ({
  page,
  clone,
}) => {
  const log = async () =>
    (await execa('git', ['--git-dir', paths.git, 'log', '--format=%s', `${clone.original}..main`])).stdout.split('\n')
  const button = page.getByRole('button', { name: 'Roll back in git' })
  await page.goto(url)
  await clone.release('2.0.0')
  await weightsAre({ stable: 80, canary: 20 })
  await button.click()
  await expect(page.getByRole('status')).toHaveText('git asks for the version before', { timeout: 30_000 })
  await expect(page.getByTestId('weights')).toHaveAccessibleName('stable 100 %, canary 0 %')
  expect(await log()).toEqual(['web-api back to 1.0.0, from 2.0.0', 'web-api 2.0.0'])
  await rolloutIs('Healthy')

  await clone.reset()
  await clone.release('2.0.0')
  await rolloutIs('Paused')
  await page.getByRole('button', { name: 'Promote' }).click()
  await rolloutIs('Healthy')
  await button.click()
  await expect.poll(async () => (await log())[0], { timeout: 30_000 }).toBe('web-api back to 1.0.0, from 2.0.0')
  await expect(async () => expect(await askMany(100)).toEqual({ '1.0.0': 100 })).toPass({ timeout: 60_000 })
})

test('the history alone explains a canary that went back, also in its exported file', async ({
  page,
  clone,
  context,
}, info) => {
  test.setTimeout(300_000)
  await makeVersion('2.2.0', '--fail', '30')
  const load = startLoad(100)
  try {
    await clone.release('2.2.0')
    await weightsAre({ stable: 80, canary: 20 })
    await rolloutIs('Degraded')
  } finally {
    await load.stop()
  }
  const commit = (await clone.head()).slice(0, 7)
  // Nobody has the page open meanwhile, and what follows does not ask for the present state.
  await clone.restore()
  await page.goto(url.replace('/#', '/history#'))
  const row = page.getByTestId('deliveries').getByRole('row').filter({ hasText: commit })
  await expect(row).toContainText('web-api 2.2.0')
  await expect(row).toContainText('sent back by the analysis')
  await pressByKeyboard(page, row.getByRole('button', { name: 'Show' }))
  const explain = async (opened: typeof page) => {
    const delivery = opened.getByTestId('delivery')
    const events = delivery.getByRole('listitem')
    for (const text of [
      // Git records there who runs it, not the commit's author.
      ` pushes ${commit} “web-api 2.2.0”, with web-api 2.2.0`,
      `Argo CD synced web-api to ${commit}`,
      'Argo Rollouts changes the weights: ',
      /The analysis web-api-\S+ of 2\.2\.0 fails: error-share (0\.\d+(, )?){3}$/,
      'Aborted by the analysis: stable gets all requests',
    ])
      await expect(events.filter({ hasText: text }).first()).toBeVisible()
    const failing = delivery.getByTestId('versions').getByRole('row').filter({ hasText: '2.2.0' })
    expect(Number.parseFloat(await failing.getByRole('cell').nth(1).innerText())).toBeGreaterThan(15)
    await expect(delivery.getByTestId('measurements').getByRole('row').filter({ hasText: 'Failed' })).toHaveCount(1)
  }
  await explain(page)
  for (const [name, colorScheme, width] of [
    ['history', 'light', 1280],
    ['history-dark', 'dark', 1280],
    ['history-narrow', 'light', 360],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await expectAccessible(page)
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  }
  const saving = page.waitForEvent('download')
  await pressByKeyboard(page, page.getByRole('button', { name: 'Export as HTML' }))
  const file = info.outputPath('history.html')
  await (await saving).saveAs(file)
  await context.setOffline(true)
  const saved = await context.newPage()
  await saved.goto(`file://${file}`)
  await explain(saved)
  await expect(saved.getByRole('button')).toHaveCount(0)
})

test('twenty browsers in a room stay within their limits, and the projector shows all of them together', async ({
  page,
  browser,
}, info) => {
  test.setTimeout(300_000)
  const { ROOM_PORT } = readEnvironment()
  const room = `http://127.0.0.1:${ROOM_PORT}`
  await page.goto(url.replace('/#', '/room#'))
  await expect(page.getByTestId('url')).toHaveText(room)
  await expect(page.getByTestId('next')).toContainText('git push cluster HEAD:main')
  // Without motion twenty pages do not draw more than this machine can.
  const contexts = await Promise.all(Array.from({ length: 20 }, () => browser.newContext({ reducedMotion: 'reduce' })))
  try {
    const pages: (typeof page)[] = []
    for (const context of contexts) {
      const opened = await context.newPage()
      await opened.goto(room)
      await opened.getByRole('button', { name: 'Start' }).click()
      pages.push(opened)
    }
    const [greedy = page, ...modest] = pages
    await greedy.getByRole('slider', { name: 'Requests per second' }).fill('50')
    await expect(page.getByTestId('browsers')).toHaveText('20', { timeout: 30_000 })
    await expect(greedy.getByText('Slower than requested')).toBeVisible({ timeout: 30_000 })
    const rateOf = async (opened: typeof page) =>
      Number.parseFloat(await opened.locator('dd', { hasText: '.' }).innerText())
    await expect(async () => {
      const shown = Number(await page.getByTestId('rate').innerText())
      const rates = await Promise.all(pages.map(rateOf))
      const sum = rates.reduce((total, rate) => total + rate, 0)
      expect(Math.max(...rates)).toBeLessThan(13)
      expect(shown).toBeLessThanOrEqual(240)
      // Each browser sends one more as its own user, which its page does not count.
      expect(Math.abs(shown - sum - pages.length)).toBeLessThan(0.15 * shown)
    }).toPass({ timeout: 60_000 })
    for (const opened of modest) await expect(opened.getByTestId('errors')).toHaveText('0')
    await expect(page.getByTestId('errors')).toHaveText('0')
    await expect(page.getByTestId('flow')).toHaveAccessibleName(/: 1\.0\.0 100%$/)
    for (const [name, colorScheme, width, height] of [
      ['room', 'light', 1920, 1080],
      ['room-dark', 'dark', 1280, 720],
      ['room-narrow', 'light', 360, 800],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height })
      await expectAccessible(page)
      await page.screenshot({ path: info.outputPath(`${name}.png`) })
      const size = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
      )
      expect(size[0]).toBeLessThanOrEqual(width)
      // A projector shows everything at once.
      if (width > 1000) expect(size[1]).toBeLessThanOrEqual(height)
    }
  } finally {
    for (const context of contexts) await context.close()
  }
})

test('LISTEN exposes the Traffic page and what it needs, at its address only', async () => {
  const { ROOM_PORT } = readEnvironment()
  const ask = async (path: string, method: 'GET' | 'POST' = 'GET', host = '127.0.0.1') => {
    const { statusCode, body } = await request(`http://${host}:${ROOM_PORT}${path}`, { method })
    await body.dump()
    return statusCode
  }
  expect(await ask('/traffic?browser=12345678')).toBe(200)
  expect(await ask('/web-api/v1/getmultiple')).toBe(200)
  for (const path of ['/openapi', '/api/view', '/history', '/web-api/v1/manage', '/applications'])
    expect(await ask(path), path).toBe(404)
  expect(await ask('/web-api/v1/create', 'POST')).toBe(405)
  const others = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  const other = others.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (other) await expect(ask('/traffic', 'GET', other.address)).rejects.toThrow('ECONNREFUSED')
})

test("the graph says what Istio decides: an injected fault, and the gateway's own responses", async ({
  page,
  clone,
}) => {
  await page.goto(url)
  const component = '# - ../../../components/faults/articles'
  await clone.edit('clusters/minikube/articles/kustomization.yaml', component, component.slice(2))
  await clone.push('A fault in every call to articles')
  const load = startLoad(20)
  const manage = () =>
    request(`http://127.0.0.1:${ports().web}/web-api/v1/manage`, { method: 'POST' }).then(({ body }) => body.dump())
  const unauthorized = setInterval(() => void manage().catch(() => undefined), 500)
  try {
    const decisions = page.getByTestId('decisions')
    await expect(decisions).toContainText('fault: articles: 100 % fail with status 503', { timeout: 60_000 })
    await expect(decisions).toContainText('response: the gateway itself returns status 401', { timeout: 60_000 })
  } finally {
    clearInterval(unauthorized)
    await load.stop()
  }
})

test('Diff shows a diff, and Sync starts a sync', async ({ page }) => {
  await page.goto(url)
  await pressByKeyboard(page, page.getByRole('button', { name: 'Diff of authors' }))
  await expect(page.getByTestId('diff')).toContainText('The cluster matches git.')
  await pressByKeyboard(page, page.getByRole('button', { name: 'Sync authors' }))
  await expect(page.getByRole('status')).toHaveText('authors is syncing')
})

test('the dashboard rejects requests without the token or from another page', async ({ page }) => {
  await page.goto(url.replace(/#.*/, ''))
  await expect(page.getByRole('alert')).toHaveText('open the URL that npm run dashboard printed: it has the token')
  const authorization = `Bearer ${url.split('#token=')[1]}`
  const ask = async (headers: Record<string, string>) => {
    const options = { method: 'POST', headers: { authorization, ...headers } } as const
    const { statusCode, body } = await request(
      `http://127.0.0.1:${readEnvironment().DASHBOARD_PORT}/api/rollout/abort`,
      options,
    )
    await body.dump()
    return statusCode
  }
  expect(await ask({ origin: 'http://127.0.0.1:8080' })).toBe(403)
  expect(await ask({ host: 'rebound.example.com' })).toBe(403)
  expect(await ask({})).toBe(409)
})
