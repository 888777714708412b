/** Follows docs/your-own-service.md: adds the page's service, releases and promotes its second version, and removes it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { request } from 'undici'
import { ports, root } from '../../cli/settings.ts'
import { runBlock } from '../support/blocks.ts'
import { makeImage } from '../support/canary.ts'
import { Clone } from '../support/gitops.ts'
import { addTo, blocksOf, sectionOf } from '../support/pages.ts'
import { queryNumber } from '../support/prometheus.ts'
import { rolloutIs, weightsAre } from '../support/rollouts.ts'
import { binomialInterval, countOf, each } from '../support/traffic.ts'

test.setTimeout(900_000)

const file = 'docs/your-own-service.md'
const url = `http://127.0.0.1:${ports().web}/reviews/api/v1/getauthor?name=Niklas%20Heidloff`

let clone: Clone

test.beforeEach(async () => {
  clone = await Clone.make()
  await clone.addUserSetup()
})

// The hook asks for the option when a test fails before the page removes the service.
test.afterEach(() => clone.restore('--push-option=allow=delete-application'))

/** Sends that many requests. @returns the number of responses by version @throws when one is not the service's */
async function ask(count: number): Promise<Record<string, number>> {
  const versions = await each(Array.from({ length: count }), async () => {
    const { statusCode, headers, body } = await request(url)
    const text = await body.text()
    expect(statusCode, text).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ name: 'Niklas Heidloff' })
    return String(headers['x-version'])
  })
  return countOf(versions)
}

/** Waits until the gateway has the routes. */
const asks = (count: number, expected: Record<string, number>) =>
  expect(async () => expect(await ask(count)).toEqual(expected)).toPass({ timeout: 60_000 })

test('a service of the page is in the mesh, measured, and delivered as a canary, and goes again', async () => {
  const page = { file, text: await readFile(join(root, file), 'utf8') }
  const run = async (heading: string, index = 0) => {
    const block = blocksOf(sectionOf(page, heading))[index]
    if (!block) throw new Error(`${file} has no such block below ${heading}`)
    await test.step(block.commands.at(-1) ?? '', () => runBlock(clone, block))
  }

  await addTo(clone.folder, sectionOf(page, 'Add the service'))
  await run('Add the service')
  await rolloutIs('Healthy', 'reviews')
  await weightsAre({ stable: 100, canary: 0 }, 'reviews')
  await asks(50, { '1.0.0': 50 })

  await makeImage('authors', '2.0.0')
  await run('Release a version')
  await rolloutIs('Paused', 'reviews')
  await weightsAre({ stable: 80, canary: 20 }, 'reviews')
  await expect(async () => expect(Object.keys(await ask(50)).sort()).toEqual(['1.0.0', '2.0.0'])).toPass()
  const { '2.0.0': canary } = await ask(500)
  const [least, most] = binomialInterval(500, 0.2)
  expect(canary).toBeGreaterThan(least)
  expect(canary).toBeLessThan(most)

  const measured = 'sum(envoy_cluster_upstream_rq{destination="reviews",subset="canary",response_code="200"})'
  await expect.poll(() => queryNumber(measured), { timeout: 30_000 }).toBeGreaterThan(0)

  await run('Release a version', 1)
  await rolloutIs('Healthy', 'reviews')
  await asks(50, { '2.0.0': 50 })

  await run('Remove it again')
  const { headers, body } = await request(url)
  await body.dump()
  expect(headers).not.toHaveProperty('x-version')
})
