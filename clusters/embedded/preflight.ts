/** What must be true before anything is changed, told in one line for each thing that is not. */
import { existsSync } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { execa } from 'execa'
import { portProblems } from '../ports.ts'
import { cache, root } from '../settings.ts'
import { heldPorts } from './listeners.ts'

/** Debian packages of the host: what builds images, what the node's doors are made of. */
const packages = ['buildah', 'git', 'iproute2', 'mmdebstrap', 'systemd', 'util-linux']

/** Free space needed, in GB, while the programs are still to be built, and after. */
const space = { first: 20, later: 5 }

async function answers(command: string, args: string[]): Promise<string | undefined> {
  const { stdout, exitCode } = await execa(command, args, { reject: false })
  return exitCode === 0 ? stdout : undefined
}

/** A Go that is there must be one that fetches the version of go.mod by itself: https://go.dev/doc/toolchain */
export async function goProblem(): Promise<string[]> {
  const version = await answers('go', ['env', 'GOVERSION'])
  const [, minor = 0] = /^go1\.(\d+)/.exec(version ?? '') ?? []
  if (version === undefined || Number(minor) >= 21) return []
  return [`Go 1.21 or later is needed to build the cluster's programs, this is ${version}: https://go.dev/dl`]
}

async function spaceProblem(): Promise<string[]> {
  const built = existsSync(cache)
  await mkdir(cache, { recursive: true })
  const needed = built ? space.later : space.first
  const { bavail, bsize } = await statfs(root)
  const free = (bavail * bsize) / 1e9
  return free >= needed ? [] : [`${needed} GB of free disk are needed here, ${free.toFixed(1)} GB are left`]
}

/** All that stands in the way of a start, a line each. Changes nothing. */
export async function problems(): Promise<string[]> {
  if (process.platform !== 'linux') return ['the embedded cluster needs Linux; elsewhere install Docker and minikube']
  if (process.arch !== 'x64')
    return [`the embedded cluster needs an x86-64 machine, this is ${process.arch}; here install Docker and minikube`]
  if (process.getuid?.() !== 0)
    return [
      'the embedded cluster makes namespaces and mounts: run as root, e.g. sudo npm start (or install Docker and minikube)',
    ]
  if (!existsSync('/etc/debian_version'))
    return ['the embedded cluster needs Debian or Ubuntu; elsewhere install Docker and minikube']
  return (await Promise.all([goProblem(), spaceProblem(), portProblems(heldPorts())])).flat()
}

/** Debian packages that are not installed. */
export async function missingPackages(): Promise<string[]> {
  const compilers = [
    // Both may have come from elsewhere.
    ...((await answers('go', ['version'])) ? [] : ['golang-go']),
    ...((await answers('python3', ['-m', 'pip', '--version'])) ? [] : ['python3-pip', 'python3-venv']),
  ]
  const needed = [...packages, ...compilers]
  const { stdout } = await execa(
    'dpkg-query',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
    ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...needed],
    {
      reject: false,
    },
  )
  return needed.filter((name) => !stdout.includes(`${name} installed`))
}

/** Installs Debian packages. */
export async function installPackages(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '--quiet'], { env })
  await execa('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names], { env })
}
