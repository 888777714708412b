/** Built images: this machine builds images and programs from Go modules, npm packages and Debian packages. */
import { existsSync } from 'node:fs'
import { cp, lstat, mkdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { type AppImage, type Component, containerfileOf, imageName } from '../components.ts'
import { canInstall, outputOf } from '../debian.ts'
import { UserError } from '../errors.ts'
import { docker } from '../minikube/docker.ts'
import { linkTool, usersMinikube } from '../minikube/install.ts'
import { kubernetesVersion, minikubeHome, runOnNode } from '../minikube/minikube.ts'
import { bootstrapFolder, cache, paths, profile, root } from '../settings.ts'
import { applyKustomization, gitConfig, kubectl } from '../tools.ts'
import { buildRootfs } from './debian-rootfs.ts'
import { buildImage } from './docker-build.ts'
import { loadKiali } from './kiali.ts'
import { nodeImages } from './node-images.ts'
import { buildPrograms, modules } from './programs.ts'
import type { Images } from './source.ts'
import {
  baseImages,
  buildSystemImages,
  importImages,
  loadMissing,
  systemImages,
  useEngineImages,
} from './system-images.ts'
import { loadZipkin } from './zipkin.ts'

/** Required free space in GB, before the first build of the programs and later. */
const space = { first: 25, later: 8 }

const tools = ['argocd', 'istioctl', 'kubectl', 'kubectl-argo-rollouts', 'kustomize']

/** An installed Go must be able to fetch the version of go.mod by itself: https://go.dev/doc/toolchain */
async function goProblem(): Promise<string[]> {
  const version = await outputOf('go', ['env', 'GOVERSION'])
  const [, minor = 0] = /^go1\.(\d+)/.exec(version ?? '') ?? []
  if (version === undefined || Number(minor) >= 21) return []
  return [`building the programs needs Go 1.21 or later, this is ${version}: install it from https://go.dev/dl`]
}

async function spaceProblem(): Promise<string[]> {
  const needed = existsSync(cache) ? space.later : space.first
  const { bavail, bsize } = await statfs(root)
  const free = (bavail * bsize) / 1e9
  return free >= needed
    ? []
    : [`the disk of ${root} needs ${needed} GB of free space, but has ${free.toFixed(1)} GB: free some`]
}

async function problems(): Promise<string[]> {
  const why = 'IMAGES=built (the default where no registry is reachable) needs'
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return [`${why} Linux on x86-64, this is ${process.platform} on ${process.arch}`]
  if (!canInstall()) return [`${why} Debian or Ubuntu, and root: sudo npm start`]
  return (await Promise.all([goProblem(), spaceProblem()])).flat()
}

/**
 * The user's minikube if it is exactly the release of the node image and preload in the cache, whose formats change between
 * releases; else our own build.
 */
async function minikubeProgram(bin: string): Promise<string> {
  const own = await usersMinikube()
  const { minikube } = await modules()
  return own && `v${own.version}` === minikube.Version ? own.path : join(bin, 'minikube')
}

/** Projects whose manifests a kustomization fetches from GitHub, with the names of their Go modules. */
const upstreams = { 'argo-cd': 'argoCd', 'argo-rollouts': 'argoRollouts' } as const

const upstreamFolder = join(paths.run, 'upstream')

/** Creates a repository with the manifests of a Go module, at the tag of its version. */
async function makeUpstream(name: string, { Dir, Version }: { Dir: string; Version: string }): Promise<void> {
  const folder = join(upstreamFolder, `${name}.work`)
  await rm(folder, { recursive: true, force: true })
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=npm start', '-c', 'user.email=none', ...args], { cwd: folder })
  await cp(join(Dir, 'manifests'), join(folder, 'manifests'), { recursive: true })
  await execa('chmod', ['--recursive', 'u+w', folder])
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', `The manifests of ${name} ${Version}`)
  await git('tag', Version)
  await rm(join(upstreamFolder, `${name}.git`), { recursive: true, force: true })
  await git('clone', '--quiet', '--bare', folder, join(upstreamFolder, `${name}.git`))
  await rm(folder, { recursive: true })
}

/**
 * Makes git find GitHub's repositories of these projects on this machine, created from the Go modules of the same versions. So
 * the same kustomizations work for pulled and built images, and kustomize fetches as usual.
 */
async function makeUpstreams(): Promise<void> {
  const found = await modules()
  const key = Object.values(upstreams)
    .map((name) => found[name].Version)
    .join(' ')
  const lines = Object.keys(upstreams).map(
    (name) => `[url "${join(upstreamFolder, name)}"]\n\tinsteadOf = https://github.com/argoproj/${name}\n`,
  )
  const content = `# ${key}\n${lines.join('')}`
  if (existsSync(gitConfig) && (await outputOf('cat', [gitConfig])) === content.trimEnd()) return
  await mkdir(upstreamFolder, { recursive: true })
  for (const [name, module] of Object.entries(upstreams)) await makeUpstream(name, found[module])
  await writeFile(gitConfig, content)
}

/** The files that Minikube would download, in its cache. */
const minikubeCache = join(minikubeHome, 'cache')
const preloadFile = `preloaded-images-k8s-v18-${kubernetesVersion}-containerd-overlay2-amd64.tar.lz4`

const nodePrograms = ['kubeadm', 'kubelet', 'kubectl']

const isLink = (path: string) =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )

/** Links a file into Minikube's cache. Replaces an earlier link, but never the user's own file. */
async function placeLink(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (await isLink(path)) await rm(path)
  if (!existsSync(path)) await symlink(target, path)
}

async function startOptions(): Promise<string[]> {
  const bin = await buildPrograms(() => {})
  const { names, preload } = await systemImages()
  const programs = join(minikubeCache, 'linux/amd64', kubernetesVersion)
  const archives = join(minikubeCache, 'preloaded-tarball')
  await placeLink(preload, join(archives, preloadFile))
  for (const name of nodePrograms) await placeLink(join(bin, name), join(programs, name))
  return [`--base-image=${names.kicbase}`, '--cache-images=false', '--cni=false', '--wait=apiserver']
}

/** Gives the CNI plugin its own identity, unless it has one; calico/rbac.yaml has its permissions. */
const writeNetworkPluginKubeconfig = `
file=/etc/kubernetes/calico-cni-plugin.conf
if [ ! -e $file ]; then
  umask 077
  /var/lib/minikube/binaries/*/kubeadm kubeconfig user --client-name=calico-cni-plugin \
    --config=/var/tmp/minikube/kubeadm.yaml >$file.new && mv $file.new $file
fi`

/** Installs Calico, which `--cni=calico` would pull: Felix for NetworkPolicies, the CNI plugin for the pods' interfaces. */
async function completeNode(report: (line: string) => void): Promise<void> {
  report('Calico')
  const { calico } = await modules()
  const installed = await kubectl(['get', 'daemonset', 'calico-felix', '--namespace=kube-system', '--ignore-not-found'])
  const definitions = join(calico.Dir, 'libcalico-go/config/crd')
  if (installed === '') await kubectl(['apply', '--server-side', '--force-conflicts', `--filename=${definitions}`])
  await applyKustomization(join(root, bootstrapFolder, 'calico'))
  await runOnNode(['sh', '-c', writeNetworkPluginKubeconfig])
}

/** Builds a component's files on this machine, instead of in the first stage of its Containerfile. */
async function buildDist(component: Component, version: string): Promise<string> {
  if (component !== 'web-app') {
    const { buildService } = await import('../../services/build.ts')
    return buildService(component, version)
  }
  const args = ['run', 'build', '--workspace=web-app']
  const build = await execa('npm', args, { cwd: root, env: { VERSION: version }, all: true, reject: false })
  if (build.exitCode !== 0) throw new UserError(`the web app does not build:\n${build.all}`)
  return join(root, 'web-app/dist')
}

async function buildAndLoad({ component, version, buildArgs }: AppImage): Promise<void> {
  const bases = await baseImages()
  const name = imageName({ component, version })
  const isWebApp = component === 'web-app'
  const nginx = 'web-app/nginx.conf'
  await buildImage({
    name,
    containerfile: join(root, containerfileOf(component)),
    context: { dist: await buildDist(component, version), ...(isWebApp && { [nginx]: join(root, nginx) }) },
    args: { BUILDER: bases.builder, BASE: isWebApp ? bases.nginx : bases.nodejs, ...buildArgs },
  })
  await loadIntoNode(name)
  await docker(['rmi', name])
  await docker(['image', 'prune', '--force', '--filter=label=cloud-native-canary.stage=dist'])
}

/** Loads an image from the engine into the node, with the same name. */
export async function loadIntoNode(name: string): Promise<void> {
  await importImages(profile, [name])
}

/** Removes our links from Minikube's cache, which belongs to the user. */
async function remove(): Promise<void> {
  const programs = nodePrograms.map((name) => join(minikubeCache, 'linux/amd64', kubernetesVersion, name))
  for (const path of [join(minikubeCache, 'preloaded-tarball', preloadFile), ...programs])
    if (await isLink(path)) await rm(path)
}

export const built: Images = {
  problems,
  packages: ['git', 'golang-go', 'mmdebstrap', 'python3-pip', 'python3-venv'],
  prepare: [
    [
      {
        title: 'Programs (the first time: about 20 minutes)',
        run: async (report) => {
          const bin = await buildPrograms(report)
          for (const name of tools) await linkTool(name, join(bin, name))
          await linkTool('minikube', await minikubeProgram(bin))
          await makeUpstreams()
        },
      },
      { title: 'Debian root file system', run: buildRootfs },
    ],
    {
      title: 'Images of the system',
      run: async (report) => {
        await buildSystemImages(await buildPrograms(report), report)
        await useEngineImages()
      },
    },
  ],
  startOptions,
  loadSystemImages: async (report) => loadMissing(await nodeImages(await buildPrograms(report)), report),
  completeNode,
  istioFiles: [`${bootstrapFolder}/istio-upstream-envoy.yaml`],
  istioParts: [`${bootstrapFolder}/istio-metrics`],
  buildAndLoad,
  options: {
    kiali: {
      sources: 'its Go module and npm packages',
      cost: 'about 5 minutes of processor time, 1.5 GB of memory and 2 GB of disk',
      load: loadKiali,
    },
    zipkin: {
      sources: "its release in Maven Central and Debian's Java",
      cost: 'about 2 minutes and 0.6 GB of disk, and the Debian package maven',
      load: loadZipkin,
    },
  },
  differences: [
    "Istio: Envoy is the upstream build, without Istio's own filters; its metrics are those of the caller, for HTTP alone",
    'Kiali, when git enables it: 1.89, the newest of its Go module, under the name in the manifest',
    'PostgreSQL, Prometheus, Redis, nginx: the versions of this Debian, under the names in the manifests',
  ],
  remove,
}
