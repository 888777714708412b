/**
 * Tests each service against its own OpenAPI document with schemathesis: up to 2,000 valid and invalid examples per
 * operation, and all checks. `npx tsx services/schemathesis.ts [service ...]`
 *
 * The first run installs schemathesis from PyPI, which needs python3 and the network.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { pythonTool } from '../tests/support/python-tool.ts'
import type { ServiceName } from './build.ts'
import { LocalServices } from './local.ts'

const config = path.join(import.meta.dirname, 'schemathesis.toml')
const { positionals } = parseArgs({ allowPositionals: true })
const names = (positionals.length > 0 ? positionals : ['authors', 'articles', 'web-api']) as ServiceName[]

const program = await pythonTool('schemathesis', path.join(import.meta.dirname, 'requirements.txt'))
const services = await LocalServices.start('2.0.0')
try {
  const token = await services.key.sign('schemathesis', ['admin'])
  for (const name of names) {
    const options = ['--max-examples', '2000', '--checks', 'all', '--header', `Authorization: Bearer ${token}`]
    const run = await execa(program, ['--config-file', config, 'run', `${services.urls[name]}/openapi`, ...options], {
      // Schemathesis keeps notes of earlier runs here.
      cwd: services.folder,
      stdio: 'inherit',
      reject: false,
    })
    if (run.exitCode !== 0) process.exitCode = 1
  }
} finally {
  await services.stop()
}
