import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { keyOf } from '../../cli/images/debian-rootfs.ts'
import { cache } from '../../cli/settings.ts'

/** Path of a program from PyPI, in the version of a requirements file. The first use installs all packages of that file. */
export async function pythonTool(name: string, requirements: string): Promise<string> {
  const folder = join(cache, `python-${keyOf(await readFile(requirements, 'utf8'))}`)
  const complete = join(folder, '.complete')
  if (!existsSync(complete)) {
    await rm(folder, { recursive: true, force: true })
    await execa('python3', ['-m', 'venv', folder])
    await execa(join(folder, 'bin/pip'), ['install', '--quiet', '--requirement', requirements])
    await writeFile(complete, '')
  }
  return join(folder, 'bin', name)
}
