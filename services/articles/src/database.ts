/** Access to PostgreSQL: a connection pool, the schema, and which errors mean that the database is away. */
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, unavailable } from '@cloud-native-canary/shared'
import pg from 'pg'
import { Histogram } from 'prom-client'
import { type Migration, migrations } from './migrations.ts'
import { Tracer } from './tracer.ts'

export interface DatabaseSettings {
  PGHOST: string
  PGPORT: number
  PGUSER: string
  PGDATABASE: string
  /** The service reads it for each new connection, so that a rotated password needs no restart. */
  PGPASSWORD_FILE?: string | undefined
  /** Maximum number of connections. */
  PGPOOL_SIZE: number
  /** Base URL of the Zipkin that gets a span for each query of a traced request. */
  ZIPKIN_URL?: string | undefined
}

/** A database that may be unavailable at any time. */
export class Database {
  /** Duration of operations in seconds, including the wait for a connection; the name is OpenTelemetry's. */
  readonly duration = new Histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Duration of database operations',
    labelNames: ['error'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [],
  })
  readonly #pool: pg.Pool
  readonly #logger: Logger
  readonly #tracer: Tracer
  readonly #closing = new AbortController()
  #migrated = false

  constructor(settings: DatabaseSettings, logger: Logger) {
    const { PGPASSWORD_FILE: passwordFile } = settings
    this.#logger = logger
    this.#tracer = new Tracer({ url: settings.ZIPKIN_URL, database: settings.PGHOST, logger })
    this.#pool = new pg.Pool({
      host: settings.PGHOST,
      port: settings.PGPORT,
      user: settings.PGUSER,
      database: settings.PGDATABASE,
      max: settings.PGPOOL_SIZE,
      application_name: 'articles',
      // Shorter than web-api's time-out, so that web-api gets status 503 when the database is away.
      connectionTimeoutMillis: 1_000,
      query_timeout: 1_500,
      keepAlive: true,
      // The pool never closes idle connections: on a busy machine a new one takes longer than the time-out, and requests fail.
      idleTimeoutMillis: 0,
      ...(passwordFile && { password: async () => (await readFile(passwordFile, 'utf8')).trim() }),
    })
    // The pool lost an idle connection and replaces it.
    this.#pool.on('error', (err) => logger.warn({ err }, 'lost a database connection'))
  }

  /**
   * Runs a query and returns its rows.
   * @param headers those of the request that needs it, with its trace
   * @throws {Problem} 503 when the database is away or not migrated yet
   */
  async query<Row extends pg.QueryResultRow>(
    sql: string,
    parameters: unknown[] = [],
    headers: IncomingHttpHeaders = {},
  ): Promise<Row[]> {
    const end = this.duration.startTimer()
    const endSpan = this.#tracer.start(sql, headers)
    try {
      const rows = await this.#rows<Row>(sql, parameters)
      end({ error: 'false' })
      endSpan?.()
      return rows
    } catch (error) {
      end({ error: 'true' })
      endSpan?.(error)
      throw error
    }
  }

  /**
   * Checks that the database is available; the metrics leave it out.
   * @throws {Problem} 503 when the database is away or not migrated yet
   */
  async ping(): Promise<void> {
    await this.#rows('SELECT 1', [])
  }

  async #rows<Row extends pg.QueryResultRow>(sql: string, parameters: unknown[]): Promise<Row[]> {
    if (!this.#migrated) throw unavailable('The database is not ready yet')
    try {
      const { rows } = await this.#pool.query<Row>(sql, parameters)
      return rows
    } catch (error) {
      throw isAway(error) ? unavailable('The database does not answer', error) : error
    }
  }

  /** Migrates the schema; retries until that succeeds or this object is closed. */
  async migrate(): Promise<void> {
    const { signal } = this.#closing
    for (let wait = 250; !signal.aborted; wait = Math.min(wait * 2, 5_000)) {
      try {
        const applied = await this.#transaction((client) => applyAll(client, migrations))
        await this.#openAll()
        this.#migrated = true
        this.#logger.info({ applied }, 'schema is up to date')
        return
      } catch (err) {
        this.#logger.warn({ err, retryInMs: wait }, 'cannot migrate the schema yet')
        await sleep(wait, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** Opens all connections before the first request needs one; the pool opens on demand those that fail. */
  async #openAll(): Promise<void> {
    await Promise.allSettled(Array.from({ length: this.#pool.options.max }, () => this.#pool.query('SELECT 1')))
  }

  /** Ends attempts to migrate and closes the connections; a second call does nothing. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await Promise.all([this.#pool.end(), this.#tracer.flush()])
  }

  async #transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let failure: Error | undefined
    try {
      await client.query('BEGIN')
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // The pool closes a connection that failed, which rolls its transaction back.
      client.release(failure)
    }
  }
}

// An arbitrary number, the same in all versions, so that replicas that start together migrate one after another.
const migrationLock = 6_204_117

/** Applies the migrations that the database does not have yet. @returns their number */
async function applyAll(client: pg.PoolClient, all: Migration[]): Promise<number> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (step int PRIMARY KEY, applied_at timestamptz DEFAULT now())',
  )
  const { rows } = await client.query<{ done: number }>('SELECT count(*)::int AS done FROM schema_migrations')
  const done = rows[0]?.done ?? 0
  for (const [index, { sql, parameters }] of all.entries()) {
    if (index < done) continue
    await client.query(sql, parameters)
    await client.query('INSERT INTO schema_migrations (step) VALUES ($1)', [index])
  }
  return Math.max(0, all.length - done)
}

// SQLSTATE classes for: connection error, insufficient resources, server starting or shutting down.
const awayClasses = new Set(['08', '53', '57'])

// Any error that the server did not return itself is a failed or timed-out connection.
function isAway(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || awayClasses.has(error.code?.slice(0, 2) ?? '')
}
