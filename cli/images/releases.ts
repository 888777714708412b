/** Downloads programs from the projects' releases, with pinned versions and verified checksums. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { UserError } from '../errors.ts'
import { kubernetesVersion } from '../minikube/minikube.ts'
import { bootstrapFolder, root } from '../settings.ts'

/** A program of a release. */
export interface Release {
  name: string
  version: string
  /** URL of the program, or of a .tar.gz with the program at its top level. */
  url: string
  /** URL of a file with lines "checksum  name", or with a single checksum. */
  checksums: string
}

/** The projects' names of this platform. */
const os = platform() === 'darwin' ? 'darwin' : 'linux'
const cpu = arch() === 'arm64' ? 'arm64' : 'amd64'

function gitHubRelease(repository: string, tag: string, name: string, file: string, checksums: string): Release {
  const folder = `https://github.com/${repository}/releases/download/${encodeURIComponent(tag)}`
  return { name, version: tag, url: `${folder}/${file}`, checksums: `${folder}/${checksums}` }
}

const kustomizeVersion = 'v5.8.1'

const istioManifest = join(root, bootstrapFolder, 'istio.yaml')
/** The registry of Istio's images, and their tag, which is its release. */
export const istio = (parse(readFileSync(istioManifest, 'utf8')) as { spec: { hub: string; tag: string } }).spec

const kubectl = `https://dl.k8s.io/release/${kubernetesVersion}/bin/${os}/${cpu}/kubectl`
const istioctl = `istioctl-${istio.tag}-${os === 'darwin' ? 'osx' : 'linux'}-${cpu}.tar.gz`
const argoRollouts = `kubectl-argo-rollouts-${os}-${cpu}`
const minikube = `minikube-${os}-${cpu}`
const kustomize = `kustomize_${kustomizeVersion}_${os}_${cpu}.tar.gz`

export const minikubeRelease = gitHubRelease(
  'kubernetes/minikube',
  'v1.38.1',
  'minikube',
  minikube,
  `${minikube}.sha256`,
)

/** The command line tools. */
export const releases: Release[] = [
  { name: 'kubectl', version: kubernetesVersion, url: kubectl, checksums: `${kubectl}.sha256` },
  gitHubRelease('kubernetes-sigs/kustomize', `kustomize/${kustomizeVersion}`, 'kustomize', kustomize, 'checksums.txt'),
  gitHubRelease('istio/istio', istio.tag, 'istioctl', istioctl, `${istioctl}.sha256`),
  gitHubRelease('argoproj/argo-cd', 'v3.5.7', 'argocd', `argocd-${os}-${cpu}`, 'cli_checksums.txt'),
  gitHubRelease(
    'argoproj/argo-rollouts',
    'v1.10.1',
    'kubectl-argo-rollouts',
    argoRollouts,
    'argo-rollouts-checksums.txt',
  ),
]

/** @throws {UserError} when there is no response, or its status is not 200 */
async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(600_000) }).catch((error: Error) => {
    throw new UserError(`cannot download ${url} (${error.cause ?? error.message}): is this machine online?`)
  })
  if (!answer.ok) throw new UserError(`cannot download ${url}: the server returned status ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

function expectedChecksum(text: string, file: string): string | undefined {
  const lines = text.trim().split('\n')
  const line = lines.find((words) => words.split(/\s+/)[1]?.replace(/^\*/, '') === file)
  return /^[\da-f]{64}/.exec(line ?? (lines.length === 1 ? (lines[0] ?? '') : ''))?.[0]
}

/**
 * Downloads a program into a folder, unless the folder has it.
 * @returns its path
 * @throws {UserError} when the checksum does not match; it then leaves no files
 */
export async function fetchRelease({ name, version, url, checksums }: Release, folder: string): Promise<string> {
  const target = join(folder, `${name}-${version.replaceAll('/', '-')}`)
  if (existsSync(target)) return target
  await mkdir(folder, { recursive: true })
  const [content, list] = await Promise.all([download(url), download(checksums)])
  const found = createHash('sha256').update(content).digest('hex')
  if (expectedChecksum(list.toString(), basename(url)) !== found)
    throw new UserError(`${url} does not match ${checksums}, so it was not installed: try again`)
  const work = await mkdtemp(join(folder, '.download-'))
  try {
    const file = join(work, basename(url))
    await writeFile(file, content)
    const isArchive = url.endsWith('.tar.gz')
    if (isArchive) await execa('tar', ['--extract', '--gzip', '--file', file, '--directory', work, name])
    else await copyFile(file, join(work, name))
    await chmod(join(work, name), 0o755)
    await rename(join(work, name), target)
  } finally {
    await rm(work, { recursive: true })
  }
  return target
}
