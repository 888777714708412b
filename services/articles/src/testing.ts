/** What the tests of articles share: a PostgreSQL that can go away and come back. */

import { quiet, serve } from '@cloud-native-canary/shared/testing'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { onTestFinished } from 'vitest'
import { createApp } from './app.ts'
import { Database } from './database.ts'

// It takes seconds to start: one for all tests of a file, empty for each.
const engine = await PGlite.create()

/** An empty PostgreSQL on a port that it keeps. */
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

  /** Runs SQL behind the service's back. */
  async run(sql: string) {
    return engine.query(sql)
  }
}

/** A PostgreSQL that is there. */
export async function startPostgres(): Promise<Postgres> {
  await engine.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  const postgres = new Postgres()
  await postgres.comeBack()
  onTestFinished(() => postgres.goAway())
  return postgres
}

/** Access to it; not migrated. */
export function connect({ port }: { port: number }): Database {
  const settings = { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'postgres', PGDATABASE: 'postgres', PGPOOL_SIZE: 5 }
  const database = new Database(settings, quiet().logger)
  onTestFinished(() => database.close())
  return database
}

/** Base URL of the service, migrated and seeded, and its PostgreSQL. */
export async function startArticles() {
  const postgres = await startPostgres()
  const database = connect(postgres)
  await database.migrate()
  return { url: await serve(createApp({ ...quiet(), database })), postgres }
}
