/** Packages of Debian and Ubuntu. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cache } from './settings.ts'

/** Whether this process may install packages: root on Debian or Ubuntu. */
export function canInstall(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0
}

/** The packages that are not installed. */
export async function missingPackages(names: string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const format = '--showformat=${Package} ${db:Status-Status}\\n'
  const { stdout } = await execa('dpkg-query', ['--show', format, ...names], { reject: false })
  return names.filter((name) => !stdout.split('\n').includes(`${name} installed`))
}

/** The list of packages that these commands have installed on this machine. */
const packagesFile = join(cache, 'packages.json')

export function installedPackages(): string[] {
  return existsSync(packagesFile) ? (JSON.parse(readFileSync(packagesFile, 'utf8')) as string[]) : []
}

/** Installs packages, without recommended ones, and records them. */
export async function installPackages(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '--quiet'], { env })
  await execa('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names], { env })
  await mkdir(cache, { recursive: true })
  await writeFile(packagesFile, JSON.stringify([...new Set([...installedPackages(), ...names])].sort()))
}

/** Output of a command; undefined when the command is missing or fails. */
export async function outputOf(command: string, args: string[]): Promise<string | undefined> {
  const { stdout, exitCode } = await execa(command, args, { reject: false })
  return exitCode === 0 ? stdout : undefined
}
