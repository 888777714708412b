/**
 * Runs the three services and the web app on this machine, without a cluster; each reloads when its sources change. Ctrl-C
 * ends all of them. `npx tsx services/dev.ts`
 *
 * Each start creates a new database, PostgreSQL in the memory of this process, and a new key for the administrator's token.
 */
import path from 'node:path'
import { execa } from 'execa'
import getPort from 'get-port'
import { isFree } from '../cli/minikube/ports.ts'
import { temporaryFolder } from '../tests/support/folder.ts'
import { createKey, issuer, startDatabase } from './local.ts'

const root = path.dirname(import.meta.dirname)
// Two ports are fixed: the web app's dev server forwards requests to 9080. The others must not collide with a cluster's.
const ports = { 'web-app': 5173, 'web-api': 9080, articles: await getPort(), authors: await getPort() }
const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`

/** Runs a program of node_modules until `ending`, and prefixes each line of its output with the name. */
async function run(name: string, command: string[], env: NodeJS.ProcessEnv, ending: AbortSignal): Promise<void> {
  const label = function* (line: unknown) {
    yield `${name.padEnd(8)} │ ${line}`
  }
  const [program = '', ...parameters] = command
  await execa(program, parameters, {
    cwd: name === 'web-app' ? path.join(root, name) : root,
    env,
    preferLocal: true,
    localDir: root,
    stdin: 'ignore',
    stdout: [label, 'inherit'],
    stderr: [label, 'inherit'],
    // Ctrl-C in the terminal may reach the program as well as this process.
    cancelSignal: ending,
    forceKillAfterDelay: 3_000,
    reject: false,
  })
  if (!ending.aborted) throw new Error(`${name} ended by itself`)
}

const service = (name: string) => ['tsx', 'watch', '--clear-screen=false', `services/${name}/src/server.ts`]

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ending.abort())
try {
  // Checked here because a service would fail later, with a less clear error.
  for (const [name, port] of Object.entries(ports))
    if (!(await isFree(port)))
      throw new Error(`Port ${port} of 127.0.0.1, for ${name}, is in use: end the program that uses it`)
  const database = await startDatabase()
  const key = await createKey(temporaryFolder())
  for (const name of ['web-app', 'articles', 'authors'] as const) console.log(`${name.padEnd(10)} ${url(name)}`)
  console.log(`web-api    ${url('web-api')}/openapi/ui/`)
  console.log(
    `admin      curl -X POST ${url('web-api')}/web-api/v1/manage -H 'authorization: Bearer ${await key.sign('dev', ['admin'])}'`,
  )
  console.log('Ctrl-C ends all.\n')

  const common = (name: keyof typeof ports) => ({ HOST: '127.0.0.1', PORT: `${ports[name]}`, SHUTDOWN_GRACE_MS: '0' })
  const webApi = {
    ARTICLES_URL: url('articles'),
    AUTHORS_URL: url('authors'),
    JWT_ISSUER: issuer,
    JWT_PUBLIC_KEY_FILE: key.publicKeyFile,
  }
  const programs = [
    run('authors', service('authors'), common('authors'), ending.signal),
    run('articles', service('articles'), { ...common('articles'), ...database.environment }, ending.signal),
    run('web-api', service('web-api'), { ...common('web-api'), ...webApi }, ending.signal),
    run('web-app', ['vite', '--port', `${ports['web-app']}`, '--strictPort'], {}, ending.signal),
  ]
  // When one program ends, the others end too.
  await Promise.race(programs).catch((error: Error) => {
    if (!ending.signal.aborted) console.error(error.message)
    process.exitCode = 1
  })
  ending.abort()
  await Promise.allSettled(programs)
  await database.close()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
