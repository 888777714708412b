/** The services on this machine, for development, benchmarks and API tests: a database and a key without a cluster. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { SignJWT } from 'jose'

/** Who issues the tokens of `createKey`. */
export const issuer = 'http://localhost/cloud-native-canary'

export interface LocalKey {
  /** PEM (SPKI), as JWT_PUBLIC_KEY_FILE wants it. */
  publicKeyFile: string
  /** Signs a token that is good for a day. */
  sign: (subject: string, groups: string[]) => Promise<string>
}

/** A new Ed25519 key pair; the public half is written to `folder`, the private one stays in memory. */
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
  /** How articles reaches it. */
  environment: { PGHOST: string; PGPORT: string; PGUSER: string; PGDATABASE: string }
  close: () => Promise<void>
}

/**
 * PostgreSQL in this process (PGlite) behind a socket on 127.0.0.1, on a free port if `port` is 0; kept in `folder`, or
 * in memory without one.
 */
export async function startDatabase(port: number, folder?: string): Promise<LocalDatabase> {
  const db = await PGlite.create(folder)
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port, maxConnections: 100 })
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
