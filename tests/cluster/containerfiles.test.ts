/**
 * Builds the Containerfiles from a clean clone, in all stages. With pulled images npm start does the same. With built images
 * npm start passes finished files, so these tests pass local images as BUILDER and BASE in place of the official ones.
 */
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { type Component, containerfileOf, imageName } from '../../cli/components.ts'
import { reasons } from '../../cli/health.ts'
import { loadIntoNode } from '../../cli/images/built.ts'
import { buildImage } from '../../cli/images/docker-build.ts'
import { baseImages } from '../../cli/images/system-images.ts'
import { rememberedChoices, root } from '../../cli/settings.ts'
import { kubectl, kubectlJson } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'
import { temporaryFolder } from '../support/folder.ts'

const version = '1.0.1-clean-clone'
const isBuilt = rememberedChoices()?.images === 'built'
let clone: string

beforeAll(async () => {
  if (!isBuilt) return
  clone = temporaryFolder()
  await execa('git', ['clone', '--quiet', '--no-local', root, clone])
})

/** Runs a pod of the component's Deployment with another image, and without labels that a Service selects. */
async function runPod(component: Component): Promise<string> {
  const { spec } = await kubectlJson<{ spec: { template: { spec: { containers: { image: string }[] } } } }>([
    ...['get', 'deployment', component],
  ])
  const name = `${component}-clean-clone`
  const [container, ...more] = spec.template.spec.containers
  const image = imageName({ component, version })
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { test: name } },
    spec: { ...spec.template.spec, containers: [{ ...container, image }, ...more] },
  }
  await kubectl(['create', '--filename=-'], { input: JSON.stringify(pod) })
  return name
}

async function isReady(pod: string): Promise<boolean> {
  const path = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}'
  return (await kubectl(['get', 'pod', pod, path])) === 'True'
}

for (const [component, base, list] of [
  [
    'authors',
    'nodejs',
    ['/nodejs/bin/node', '--eval', 'console.log(fs.readFileSync("/usr/share/sbom/sbom.cdx.json", "utf8"))'],
  ],
  ['web-app', 'nginx', ['cat', '/usr/share/sbom/sbom.cdx.json']],
] as const) {
  test.runIf(isBuilt)(
    `${component} builds from a clean clone, runs, and contains its SBOM`,
    { timeout: 600_000 },
    async () => {
      const bases = await baseImages()
      const name = imageName({ component, version })
      await buildImage({
        name,
        containerfile: join(clone, containerfileOf(component)),
        context: { '.': clone },
        args: { BUILDER: bases.builder, BASE: bases[base], COMPONENT: component, VERSION: version },
      })
      await loadIntoNode(name)
      const pod = await runPod(component)
      try {
        await until(`pod ${pod} to be ready`, () => isReady(pod), { seconds: 60, why: reasons })
        const sbom = JSON.parse(await kubectl(['exec', pod, `--container=${component}`, '--', ...list]))
        expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: component, version } } })
        expect(sbom.components.length).toBeGreaterThan(4)
      } finally {
        await kubectl(['delete', 'pod', pod, '--wait=false'])
      }
    },
  )
}
