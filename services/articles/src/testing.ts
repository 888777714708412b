/** Common code of the tests of articles: a PostgreSQL that can go away and come back. */

import { quiet, serve } from '@cloud-native-canary/shared/testing'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { onTestFinished } from 'vitest'
import { createApp } from './app.ts'
import { Database, type DatabaseSettings } from './database.ts'

// It takes seconds to start, so all tests of a file share one; startPostgres empties it.
const engine = await PGlite.create()

/** An empty PostgreSQL that comes back on the same port. */
export class Postgres {
  #server: PGLiteSocketServer | undefined
  port = 0

  async comeBack(): Promise<void> {
    this.#server = new PGLiteSocketServer({
      db: engine,
      host: '127.0.0.1',
      port: this.port,
      maxConnections: 50,
    })
    await this.#server.start()
    this.port = Number(this.#server.getServerConn().split(':')[1])
  }

  async goAway(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  /** Runs SQL without the service. */
  async run(sql: string) {
    return engine.query(sql)
  }
}

/** Starts an empty PostgreSQL. */
export async function startPostgres(): Promise<Postgres> {
  await engine.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  const postgres = new Postgres()
  await postgres.comeBack()
  onTestFinished(() => postgres.goAway())
  return postgres
}

/** A database that is not migrated yet. */
export function connect({ port }: { port: number }, more: Partial<DatabaseSettings> = {}): Database {
  const settings = { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'postgres', PGDATABASE: 'postgres', PGPOOL_SIZE: 5 }
  const database = new Database({ ...settings, ...more }, quiet().logger)
  onTestFinished(() => database.close())
  return database
}

/** Starts the service with a migrated and seeded database. */
export async function startArticles(more: Partial<DatabaseSettings> = {}) {
  const postgres = await startPostgres()
  const database = connect(postgres, more)
  await database.migrate()
  return { url: await serve(createApp({ ...quiet(), database })), postgres }
}
