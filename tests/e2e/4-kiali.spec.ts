/** One line in git enables Kiali, which draws the versions of web-api side by side, each with its share of the requests. */
import { expect, type Page, test } from '@playwright/test'
import { errorsOf } from '../support/argocd-pages.ts'
import { Clone } from '../support/gitops.ts'
import { expectRejection, needsBuild, servePage, switchOn } from '../support/options.ts'
import { finishRollout, weightsAre } from '../support/rollouts.ts'
import { reportOf, startLoad } from '../support/traffic.ts'

// The first time, the node pulls the image.
test.setTimeout(600_000)
test.use({ viewport: { width: 1600, height: 900 } })

let clone: Clone

test.beforeAll(async () => {
  clone = await Clone.make()
})

test.afterAll(async () => {
  await clone.restore()
  await finishRollout()
})

test('with built images, the hook rejects the push that enables Kiali until its image is built', async () => {
  test.skip(!(await needsBuild('kiali')), 'the node has the image, or pulls it')
  await expectRejection(clone, 'kiali')
})

interface Graph {
  elements: {
    nodes: { data: { id: string; app?: string; version?: string; nodeType: string } }[]
    edges: { data: { id: string; target: string } }[]
  }
}

/** The view of the last minute, with the share of requests in percent on the edges to the versions of web-api. */
const view = new URLSearchParams({
  namespaces: 'istio-system,cloud-native-canary',
  graphType: 'versionedApp',
  edges: 'trafficDistribution',
  duration: '60',
})

async function drawnShares(page: Page, url: string): Promise<Record<string, number>> {
  const answer = page.waitForResponse(/\/api\/namespaces\/graph/)
  await page.goto(`${url}/console/graphpf/namespaces?${view}`)
  const { nodes, edges } = ((await (await answer).json()) as Graph).elements
  const shares: Record<string, number> = {}
  for (const { data } of nodes) {
    if (data.app !== 'web-api' || data.version === undefined) continue
    const edge = edges.find(({ data: { target } }) => target === data.id)?.data.id
    const label = await page.locator(`[data-kind=edge][data-id="${edge}"]`).textContent()
    shares[data.version] = Number.parseFloat(label ?? '')
  }
  return shares
}

test.describe('with Kiali', () => {
  let url: string
  let stop = async () => {}

  test.beforeAll(async () => {
    test.skip(await needsBuild('kiali'), 'the node has no image: npm run test:kiali builds it')
    await switchOn(clone, 'kiali')
    const page = await servePage('kiali')
    url = page.url
    stop = page.stop
  })

  test.afterAll(async () => {
    await stop()
  })

  interface Configuration {
    validations: Record<string, Record<string, { checks?: { code: string; message: string }[] }>>
  }

  /** The problems on the page *Istio Config*. */
  async function problems(): Promise<string[]> {
    const answer = await fetch(`${url}/api/istio/config?validate=true`)
    const { validations } = (await answer.json()) as Configuration
    return Object.values(validations)
      .flatMap((objects) => Object.entries(objects))
      .flatMap(([name, { checks = [] }]) => checks.map(({ code, message }) => `${name}: ${code} ${message}`))
  }

  /** Compares the graph, which shows the last 60 s, with a load of 75 s. */
  async function comparePicture(page: Page, file: string, versions: Record<string, string>): Promise<void> {
    const errors = errorsOf(page)
    const report = reportOf(await startLoad(50, 75).ended)
    const drawn = await drawnShares(page, url)
    await page.screenshot({ path: file })
    for (const [version, drawnAs] of Object.entries(versions)) {
      const share = 100 * (report.versions.find((row) => row.version === version)?.share ?? 0)
      expect(Math.abs((drawn[drawnAs] ?? 0) - share), JSON.stringify({ drawn, report })).toBeLessThan(3)
    }
    expect(Object.keys(drawn).sort()).toEqual(Object.values(versions).sort())
    expect(errors).toEqual([])
    expect(await problems()).toEqual([])
  }

  test('Kiali draws stable and canary of a Rollout with the shares that the load generator counts', async ({
    page,
  }, info) => {
    await clone.release('2.0.0')
    await weightsAre({ stable: 80, canary: 20 })
    await comparePicture(page, info.outputPath('canary.png'), { '1.0.0': '1.0.0', '2.0.0': '2.0.0' })
  })

  test('Kiali draws the two Deployments of overlay split with their shares', async ({ page }, info) => {
    await clone.useOverlay('split')
    await weightsAre({ v1: 80, v2: 20 })
    await clone.synced()
    await comparePicture(page, info.outputPath('split.png'), { '1.0.0': 'v1', '2.0.0': 'v2' })
  })
})
