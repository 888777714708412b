/**
 * `npm run test:pulled`: tests pulled images where the projects' registries are not reachable. A registry on this machine
 * serves the images by their official names, and a new node pulls every one of them from it, without a preload and with the
 * manifests' own pull policies.
 *
 * Needs a machine that builds images, and no cluster in this clone; deletes its own at the end. Takes about 8 minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { deleteCluster } from '../cli/cmd/delete.ts'
import { steps } from '../cli/cmd/start.ts'
import { stop } from '../cli/cmd/stop.ts'
import { installPackages, missingPackages } from '../cli/debian.ts'
import { fail, UserError } from '../cli/errors.ts'
import { isOfComponent } from '../cli/images/app-images.ts'
import { built } from '../cli/images/built.ts'
import { buildImage } from '../cli/images/docker-build.ts'
import { nodeImages } from '../cli/images/node-images.ts'
import { buildPrograms } from '../cli/images/programs.ts'
import type { Images } from '../cli/images/source.ts'
import { debianImage } from '../cli/images/system-images.ts'
import { docker } from '../cli/minikube/docker.ts'
import { minikubeHome } from '../cli/minikube/minikube.ts'
import { plan } from '../cli/minikube/preflight.ts'
import { ports, profile, rememberChoices, rememberedChoices, root } from '../cli/settings.ts'
import { runSteps, type Step } from '../cli/steps.ts'
import { kubectlJson } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { temporaryFolder } from './support/folder.ts'

/** Docker pushes without TLS only to the loopback address; the node pulls from the second address. */
const [pushAddress, pullAddress] = ['127.0.0.1:5000', '192.168.49.1:5000']

const running: ChildProcess[] = []

const logOf = (address: string, folder: string) => join(folder, `${address.replace(':', '-')}.log`)

/** Starts a registry with its data in that folder, which two registries may share. */
async function startRegistry(address: string, folder: string): Promise<void> {
  const config = join(folder, `${address.replace(':', '-')}.yml`)
  const content = { version: 0.1, storage: { filesystem: { rootdirectory: folder } }, http: { addr: address } }
  await writeFile(config, JSON.stringify(content))
  const log = openSync(logOf(address, folder), 'a')
  running.push(spawn('docker-registry', ['serve', config], { stdio: ['ignore', log, log] }))
  const answers = async () =>
    fetch(`http://${address}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(`the registry to listen on ${address}`, answers, { seconds: 20 })
}

/** containerd requests an image from a mirror by its name without the registry's host (docs/hosts.md). */
const pathOf = (name: string) => name.slice(name.indexOf('/') + 1)

async function pushImages(report: (line: string) => void): Promise<void> {
  const debian = await debianImage()
  await buildImage(debian)
  for (const image of await nodeImages(await buildPrograms(report))) {
    report(image.name)
    const name = `${pushAddress}/${pathOf(image.name)}`
    await buildImage({ ...image, name })
    await docker(['push', '--quiet', name])
    await docker(['rmi', name])
  }
  await docker(['rmi', debian.name])
}

/** Creates the node's network as Minikube does, but earlier, because the registry listens on the network's address. */
async function makeNetwork(): Promise<void> {
  const labels = ['created_by.minikube.sigs.k8s.io=true', `name.minikube.sigs.k8s.io=${profile}`]
  const options = ['--driver=bridge', '--subnet=192.168.49.0/24', '--gateway=192.168.49.1']
  await docker(['network', 'create', ...options, ...labels.map((label) => `--label=${label}`), profile])
}

/** Minikube copies its folder `files` to every node (docs/handbook/filesync). */
const mirrorFolder = join(minikubeHome, 'files/etc/containerd/certs.d/_default')

async function writeMirror(): Promise<void> {
  await mkdir(mirrorFolder, { recursive: true })
  await writeFile(
    join(mirrorFolder, 'hosts.toml'),
    `[host."http://${pullAddress}"]\n  capabilities = ["pull", "resolve"]\n`,
  )
}

/** Built images without their preload. */
const images: Images = {
  ...built,
  startOptions: async () => [...(await built.startOptions()), '--preload=false'],
  loadSystemImages: async () => {},
}

function registrySteps(folder: string): Step[] {
  return [
    { title: 'Registry', run: () => startRegistry(pushAddress, folder) },
    { title: 'Images into the registry', run: pushImages },
    {
      title: 'Mirror',
      run: async () => {
        await makeNetwork()
        await startRegistry(pullAddress, folder)
        await writeMirror()
      },
    },
  ]
}

interface Pod {
  spec: { containers: { image: string }[]; initContainers?: { image: string }[] }
}

/**
 * Images that pods run and that the node never requested from the registry, without those of the services, which npm start always
 * loads. kubeadm pulls some, so the kubelet's events do not have all.
 */
async function neverPulled(folder: string): Promise<string[]> {
  const get = <T>(...args: string[]) => kubectlJson<{ items: T[] }>(['get', ...args, '--all-namespaces'])
  const { items: pods } = await get<Pod>('pods')
  const requests = await readFile(logOf(pullAddress, folder), 'utf8')
  const wanted = pods.flatMap(({ spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image),
  )
  return [...new Set(wanted)].filter(
    (name) => !isOfComponent(name) && !requests.includes(`/v2/${pathOf(name).replace(':', '/manifests/')}`),
  )
}

/** Whether a stopped node starts again without the registry: it has its images already. */
async function startsWithoutRegistry(): Promise<boolean> {
  await stop()
  const again = await execa('npm', ['start'], { cwd: root, stdio: 'inherit', reject: false })
  return again.exitCode === 0
}

async function pulled(): Promise<void> {
  if (rememberedChoices()) throw new UserError('this clone has a cluster: delete it first, with npm run delete')
  const { plan: found, problems } = await plan()
  if (problems.length > 0) throw new UserError(problems.join('\n       '))
  const missing = await missingPackages(['docker-registry'])
  if (missing.length > 0) await installPackages(missing)
  rememberChoices({ images: 'built', ports: ports(), ownsMinikubeHome: !existsSync(minikubeHome) })
  const folder = temporaryFolder()
  try {
    const all = steps(found, images)
    const node = all.findIndex((step) => 'title' in step && step.title === 'Minikube')
    await runSteps([...all.slice(0, node), ...registrySteps(folder), ...all.slice(node)])
    const left = await neverPulled(folder)
    for (const name of left) console.log(`not pulled: ${name}`)
    for (const registry of running) registry.kill()
    const isBack = await startsWithoutRegistry()
    const failed = [left.length > 0, !isBack].filter(Boolean).length
    console.log(`${2 - failed} passed, ${failed} failed`)
    process.exitCode = failed === 0 ? 0 : 1
  } finally {
    for (const registry of running) registry.kill()
    await rm(mirrorFolder, { recursive: true, force: true })
    await deleteCluster({ all: false })
  }
}

await pulled().catch(fail)
