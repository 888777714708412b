/**
 * Jaeger of clusters/minikube/options/addons for built images: the same manifests, with a program compiled from Jaeger's Go module.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { loadIntoNode } from '../../cli/images/built.ts'
import { keyOf } from '../../cli/images/debian-rootfs.ts'
import { buildImage } from '../../cli/images/docker-build.ts'
import { goEnvironment, modules } from '../../cli/images/programs.ts'
import { cache, clusterFolder, root } from '../../cli/settings.ts'
import { kubectl, tool } from '../../cli/tools.ts'
import { temporaryFolder } from './folder.ts'

const module = join(root, 'tests/tools/jaeger')
const [image, tag] = ['localhost/jaeger', '1']

/** Compiles Jaeger unless the cache has it; the first time takes some minutes. @returns the program's path */
async function compile(): Promise<string> {
  const folder = join(cache, `jaeger-${keyOf(await readFile(join(module, 'go.sum'), 'utf8'))}`)
  const program = join(folder, 'jaeger')
  if (existsSync(program)) return program
  const partial = `${folder}.partial`
  await mkdir(partial, { recursive: true })
  const options = ['-trimpath', '-ldflags', '-s -w', '-o', `${partial}/`]
  await execa('go', ['build', ...options, 'tool'], { cwd: module, env: { ...goEnvironment, CGO_ENABLED: '0' } })
  await rename(partial, folder)
  return program
}

/** Renders Jaeger, without the other add-ons, and the policies of all add-ons, one of which allows spans. */
async function manifests(): Promise<string> {
  const folder = temporaryFolder()
  await cp(join((await modules()).istio.Dir, 'samples/addons/jaeger.yaml'), join(folder, 'jaeger.yaml'))
  await cp(join(root, clusterFolder, 'options/addons/network-policies.yaml'), join(folder, 'network-policies.yaml'))
  const kustomization = {
    resources: ['jaeger.yaml', 'network-policies.yaml'],
    images: [{ name: 'docker.io/jaegertracing/jaeger', newName: image, newTag: tag }],
  }
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
  return String((await tool('kustomize', ['build', folder])).stdout)
}

/** Starts Jaeger. @returns a function that removes it */
export async function startJaeger(): Promise<() => Promise<unknown>> {
  const containerfile = join(root, 'tests/fixtures/jaeger.Containerfile')
  const name = `${image}:${tag}`
  await buildImage({ name, containerfile, context: { jaeger: await compile() } })
  await loadIntoNode(name)
  const input = await manifests()
  await kubectl(['apply', '--server-side', '--filename=-'], { input })
  await kubectl(['rollout', 'status', 'deployment/jaeger', '--namespace=istio-system', '--timeout=60s'])
  return () => kubectl(['delete', '--ignore-not-found', '--filename=-'], { input })
}

interface Trace {
  spans: { spanID: string; references: { spanID: string }[] }[]
  processes: Record<string, { serviceName: string }>
}

/** The latest traces that began at the gateway. */
export async function traces(): Promise<Trace[]> {
  const query = 'service=istio-ingressgateway.istio-system&limit=20'
  const path = `/api/v1/namespaces/istio-system/services/tracing:80/proxy/jaeger/api/traces?${query}`
  return (JSON.parse(await kubectl(['get', '--raw', path])) as { data: Trace[] }).data
}
