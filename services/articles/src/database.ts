/** The way to PostgreSQL: a pool of connections, the schema, and what counts as "the database is away". */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, unavailable } from '@cloud-native-canary/shared'
import pg from 'pg'
import { Histogram } from 'prom-client'
import { type Migration, migrations } from './migrations.ts'

export interface DatabaseSettings {
  PGHOST: string
  PGPORT: number
  PGUSER: string
  PGDATABASE: string
  /** Read anew for each connection, so that a rotated password needs no restart. */
  PGPASSWORD_FILE?: string | undefined
  /** Most connections at a time. */
  PGPOOL_SIZE: number
}

/** A database that may be away, now or at any time. */
export class Database {
  /** Seconds that operations took, with the waiting for a connection; the name is OpenTelemetry's. */
  readonly duration = new Histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'How long operations of the database took',
    labelNames: ['error'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [],
  })
  readonly #pool: pg.Pool
  readonly #logger: Logger
  readonly #closing = new AbortController()
  #migrated = false

  constructor(settings: DatabaseSettings, logger: Logger) {
    const { PGPASSWORD_FILE: passwordFile } = settings
    this.#logger = logger
    this.#pool = new pg.Pool({
      host: settings.PGHOST,
      port: settings.PGPORT,
      user: settings.PGUSER,
      database: settings.PGDATABASE,
      max: settings.PGPOOL_SIZE,
      application_name: 'articles',
      // Shorter than web-api's patience, so that it learns of a database that is away and does not just time out.
      connectionTimeoutMillis: 1_000,
      query_timeout: 1_500,
      keepAlive: true,
      // Connections are kept: on a busy machine a new one takes longer than the time-out, and a request would fail for it.
      idleTimeoutMillis: 0,
      ...(passwordFile && { password: async () => (await readFile(passwordFile, 'utf8')).trim() }),
    })
    // A lost idle connection; the pool replaces it.
    this.#pool.on('error', (err) => logger.warn({ err }, 'lost a database connection'))
  }

  /**
   * Rows of a query.
   * @throws {Problem} 503 when the database is away or not migrated yet
   */
  async query<Row extends pg.QueryResultRow>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const end = this.duration.startTimer()
    try {
      const rows = await this.#rows<Row>(sql, parameters)
      end({ error: 'false' })
      return rows
    } catch (error) {
      end({ error: 'true' })
      throw error
    }
  }

  /**
   * Asks for nothing, to see whether the database is there; it is not measured.
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

  /** Brings the schema up to date, trying until the database is there or this object is closed. */
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
        this.#logger.warn({ err, retryInMs: wait }, 'cannot bring the schema up to date yet')
        await sleep(wait, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** Opens all connections before the first request needs one; those that fail are opened on demand. */
  async #openAll(): Promise<void> {
    await Promise.allSettled(Array.from({ length: this.#pool.options.max }, () => this.#pool.query('SELECT 1')))
  }

  /** Ends attempts to migrate and closes the connections; the second time it does nothing. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#pool.end()
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
      // A connection that failed is thrown away, and its transaction with it.
      client.release(failure)
    }
  }
}

// Any number, the same in all versions: replicas that start together take turns.
const migrationLock = 6_204_117

/** Applies what the database does not have yet, and says how many steps that were. */
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

// SQLSTATE classes of a server that cannot be reached, is short of resources, or shuts down or starts.
const awayClasses = new Set(['08', '53', '57'])

// What is not the server's own verdict on the query is a failed or timed-out connection.
function isAway(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || awayClasses.has(error.code?.slice(0, 2) ?? '')
}
