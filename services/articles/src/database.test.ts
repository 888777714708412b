import { post, quiet, recordingLogger, serve } from '@cloud-native-canary/shared/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from './app.ts'
import { Database } from './database.ts'
import { connect, startArticles, startPostgres } from './testing.ts'

const article = { title: 'A title', url: 'https://example.com/a', author: 'Niklas Heidloff' }

test('without a database every operation returns 503 with Retry-After, and the service is live but not ready', async () => {
  const { url, postgres } = await startArticles()
  await postgres.goAway()
  const answers = [
    await fetch(`${url}/articles/v1/getmultiple`),
    await fetch(`${url}/articles/v1/getone?id=1`),
    await post(`${url}/articles/v1/create`, article),
    await fetch(`${url}/health/ready`),
  ]
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(await answer.json()).toMatchObject({ detail: 'The database does not answer' })
  }
  expect((await fetch(`${url}/health/live`)).status).toBe(200)
})

test('the service recovers when the database comes back, and no stored article is lost', async () => {
  const { url, postgres } = await startArticles()
  await post(`${url}/articles/v1/create`, article)
  await postgres.goAway()
  expect((await fetch(`${url}/health/ready`)).status).toBe(503)
  await postgres.comeBack()
  await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(200)
  expect(await (await fetch(`${url}/articles/v1/getmultiple?amount=1`)).json()).toMatchObject([article])
})

test('the service starts without a database, and migrates it when it appears', async () => {
  const postgres = await startPostgres()
  await postgres.goAway()
  const database = connect(postgres)
  const migrated = database.migrate()
  const url = await serve(createApp({ ...quiet(), database }))
  expect((await fetch(`${url}/articles/v1/getmultiple`)).status).toBe(503)
  expect((await fetch(`${url}/health/ready`)).status).toBe(503)
  await postgres.comeBack()
  await migrated
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect(await (await fetch(`${url}/articles/v1/getmultiple`)).json()).toHaveLength(10)
})

test('close ends the attempts to migrate', async () => {
  const database = connect({ port: 1 })
  const migrated = database.migrate()
  await database.close()
  await migrated
})

describe('the schema', () => {
  test('is migrated and seeded once in the life of the database', async () => {
    const postgres = await startPostgres()
    await connect(postgres).migrate()
    await postgres.run('DELETE FROM articles WHERE id > 1')
    await connect(postgres).migrate()
    expect((await postgres.run('SELECT id::int FROM articles')).rows).toEqual([{ id: 1 }])
  })

  test('does not change when a migration fails half way', async () => {
    const postgres = await startPostgres()
    await postgres.run('CREATE TABLE articles (unexpected int)')
    const database = connect(postgres)
    void database.migrate()
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ status: 503 })
    await postgres.run('DROP TABLE articles')
    await expect
      .poll(() => database.query('SELECT count(*)::int FROM articles').catch(() => []))
      .toEqual([{ count: 10 }])
  })
})

// PGlite has one session for all clients, so a lock has no effect there. TEST_PGPORT is the port of a PostgreSQL on this
// machine, with the user "postgres", whose database "postgres" the test may overwrite.
test.runIf(process.env.TEST_PGPORT)('replicas that start together migrate once', async () => {
  const PGPORT = Number(process.env.TEST_PGPORT)
  const settings = { PGHOST: '127.0.0.1', PGPORT, PGUSER: 'postgres', PGDATABASE: 'postgres', PGPOOL_SIZE: 2 }
  const { logger, lines } = recordingLogger()
  const replicas = Array.from({ length: 8 }, () => new Database(settings, logger))
  onTestFinished(async () => void (await Promise.all(replicas.map((replica) => replica.close()))))
  const [first] = replicas
  await first?.migrate()
  await first?.query('DROP TABLE articles, schema_migrations')
  await Promise.all(replicas.map((replica) => replica.migrate()))
  // No replica had to retry.
  expect(lines.filter((line) => line.msg !== 'schema is up to date')).toEqual([])
  expect(await first?.query('SELECT count(*)::int AS articles FROM articles')).toEqual([{ articles: 10 }])
  expect(await first?.query('SELECT step FROM schema_migrations ORDER BY step')).toEqual([{ step: 0 }, { step: 1 }])
})

test('the metrics count queries and their failures, but not the pings of the readiness check', async () => {
  const { url, postgres } = await startArticles()
  const operations = async (error: boolean) => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const line = new RegExp(`^db_client_operation_duration_seconds_count\\{error="${error}"\\} (\\d+)$`, 'm')
    return Number(line.exec(metrics)?.[1] ?? 0)
  }
  await fetch(`${url}/articles/v1/getmultiple`)
  await fetch(`${url}/articles/v1/getmultiple`)
  await fetch(`${url}/health/ready`)
  expect(await operations(false)).toBe(2)
  await postgres.goAway()
  await fetch(`${url}/articles/v1/getmultiple`)
  expect(await operations(true)).toBe(1)
})
