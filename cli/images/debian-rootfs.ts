/** Makes the Debian root file system, with mmdebstrap: the base of every image that is more than one static program. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cache } from '../settings.ts'

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
  // Nothing uses these files, which are half of the size: documentation, Prometheus' pages and promtool, PostgreSQL's compiler of queries.
  ...[
    ...['man', 'locale', 'doc', 'i18n', 'javascript'].map((folder) => `/usr/share/${folder}/*`),
    ...['/usr/bin/promtool', '/usr/lib/postgresql/*/llvmjit*', '/usr/lib/postgresql/*/bitcode/*'],
    ...['libLLVM', 'libz3'].map((library) => `/usr/lib/x86_64-linux-gnu/${library}*`),
  ].map((path) => `--dpkgopt=path-exclude=${path}`),
  '--customize-hook=rm -rf "$1"/var/lib/postgresql/* "$1"/etc/postgresql/* "$1"/etc/ssh/ssh_host_*',
]

/** A short hash of these texts, for the name of what is built from them. */
export function keyOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

/** The release and package sources of this host: its own mirrors are the ones that it can reach. */
export async function hostSources(): Promise<{ suite: string; files: string[] }> {
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm'
  const candidates = ['sources.list', 'sources.list.d/debian.sources', 'sources.list.d/ubuntu.sources']
  const files = candidates.map((file) => join('/etc/apt', file)).filter((file) => existsSync(file))
  return { suite, files }
}

/** Makes the Debian root file system unless the cache has it. @returns the tar file's path */
export async function buildRootfs(): Promise<string> {
  const { suite, files } = await hostSources()
  const tar = join(cache, `debian-${keyOf(suite, ...debootstrapOptions)}.tar`)
  if (existsSync(tar)) return tar
  const partial = tar.replace(/\.tar$/, '.partial.tar')
  await mkdir(cache, { recursive: true })
  await execa('mmdebstrap', [...debootstrapOptions, suite, partial, ...files])
  await rename(partial, tar)
  return tar
}
