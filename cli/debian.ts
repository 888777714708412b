/** Packages of Debian and Ubuntu. */
import { existsSync } from 'node:fs'
import { execa } from 'execa'

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

/** Installs packages, without recommended ones. */
export async function installPackages(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '--quiet'], { env })
  await execa('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names], { env })
}

/** Output of a command; undefined when the command is missing or fails. */
export async function outputOf(command: string, args: string[]): Promise<string | undefined> {
  const { stdout, exitCode } = await execa(command, args, { reject: false })
  return exitCode === 0 ? stdout : undefined
}
