/**
 * Tests each service against its own OpenAPI document with schemathesis: up to 2,000 examples per operation, valid and
 * invalid, and all checks. `npx tsx services/schemathesis.ts [service ...]`
 *
 * Schemathesis comes from PyPI into a virtual environment in the user's cache; that needs python3, once the network.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { cache } from '../cli/settings.ts'
import type { ServiceName } from './build.ts'
import { LocalServices } from './local.ts'

const config = path.join(import.meta.dirname, 'schemathesis.toml')
const release = '4.32.5'

/** Path of the program, installed if it is not. */
async function install(): Promise<string> {
  const folder = path.join(cache, `schemathesis-${release}`)
  const program = path.join(folder, 'bin/schemathesis')
  if (!existsSync(program)) {
    console.log(`installing schemathesis ${release} into ${folder}`)
    await execa('python3', ['-m', 'venv', folder])
    await execa(path.join(folder, 'bin/pip'), ['install', '--quiet', `schemathesis==${release}`])
  }
  return program
}

const { positionals } = parseArgs({ allowPositionals: true })
const names = (positionals.length > 0 ? positionals : ['authors', 'articles', 'web-api']) as ServiceName[]

const program = await install()
const services = await LocalServices.start('2.0.0')
try {
  const token = await services.key.sign('schemathesis', ['admin'])
  for (const name of names) {
    const options = ['--max-examples', '2000', '--checks', 'all', '--header', `Authorization: Bearer ${token}`]
    const run = await execa(program, ['--config-file', config, 'run', `${services.urls[name]}/openapi`, ...options], {
      // Its notes of earlier runs.
      cwd: services.folder,
      stdio: 'inherit',
      reject: false,
    })
    if (run.exitCode !== 0) process.exitCode = 1
  }
} finally {
  await services.stop()
}
