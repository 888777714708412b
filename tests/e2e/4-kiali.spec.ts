/** One line in git, and Kiali draws the mesh: the versions of web-api side by side, each with its share of the requests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { isKialiOn, kialiCommand, kialiImage, optionsFile } from '../../cli/kiali.ts'
import { loadedImages } from '../../cli/minikube/minikube.ts'
import { paths, rememberedChoices } from '../../cli/settings.ts'
import { toolEnvironment } from '../../cli/tools.ts'
import { errorsOf } from '../support/argocd-pages.ts'
import { Clone, type Overlay } from '../support/gitops.ts'
import { finishRollout, weightsAre } from '../support/rollouts.ts'
import { reportOf, startLoad } from '../support/traffic.ts'

// The image is pulled, the first time.
test.setTimeout(600_000)

const isBuilt = rememberedChoices()?.images === 'built'
const hasImage = async () => (await loadedImages()).has(kialiImage)

let clone: Clone

test.beforeAll(async () => {
  clone = await Clone.make()
})

test.afterAll(() => clone.restore())

const switchOn = () => clone.edit(optionsFile, '# - ../../apps/kiali #', '- ../../apps/kiali #')

test('where images are built, the push that switches Kiali on is rejected until somebody has built its image', async () => {
  test.skip(!isBuilt || (await hasImage()), 'the node has the image, or pulls it')
  await switchOn()
  const { accepted, output } = await clone.push('Kiali')
  expect(accepted).toBe(false)
  expect(output).toContain(optionsFile)
  expect(output).toContain(kialiCommand)
  await clone.reset()
})

interface Graph {
  elements: {
    nodes: { data: { id: string; app?: string; version?: string; nodeType: string } }[]
    edges: { data: { id: string; source: string; target: string } }[]
  }
}

/** What the picture writes on the edges to the versions of web-api, in percent by version. */
async function drawnShares(page: Page): Promise<Record<string, number>> {
  const answer = await page.waitForResponse(/\/api\/namespaces\/graph/)
  const { nodes, edges } = ((await answer.json()) as Graph).elements
  const versions = nodes.filter(({ data }) => data.app === 'web-api' && data.version && data.nodeType === 'app')
  const shares: Record<string, number> = {}
  for (const { data } of versions) {
    const edge = edges.find(({ data: { target } }) => target === data.id)?.data.id
    const label = await page.locator(`[data-kind=edge][data-id="${edge}"]`).textContent()
    shares[data.version ?? ''] = Number.parseFloat(label ?? '')
  }
  return shares
}

test.describe('with Kiali', () => {
  let forward: ChildProcess
  let url: string

  test.skip(async () => isBuilt && !(await hasImage()), 'the node has no image: npm run test:kiali builds it')

  test.beforeAll(async () => {
    await switchOn()
    expect(await clone.push('Kiali')).toMatchObject({ accepted: true })
    await clone.synced()
    const command = ['dashboard', 'kiali', '--namespace=kiali', '--browser=false']
    forward = spawn(join(paths.bin, 'istioctl'), command, { env: { ...process.env, ...toolEnvironment() } })
    url = await new Promise((found, failed) => {
      let printed = ''
      forward.stdout?.on('data', (data) => {
        printed += data
        const match = /http:\S+/.exec(printed)
        if (match) found(match[0])
      })
      forward.once('exit', () => failed(new Error(printed)))
    })
  })

  test.afterAll(async () => {
    forward?.kill()
    if (forward?.exitCode === null) await once(forward, 'exit')
    await finishRollout()
  })
})
