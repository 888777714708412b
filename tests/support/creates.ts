/** Creates articles under load, and compares them with the database. */
import { setInterval } from 'node:timers'
import { Agent, request } from 'undici'
import { ports } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'

export const createUrl = `http://127.0.0.1:${ports().web}/web-api/v1/create`

/** Beginning of the URLs of articles that tests create, by which they find and delete them. */
export const articleUrl = 'https://example.com/test'

export interface Created {
  title: string
  /** 0 when there was no response. */
  status: number
  /** Detail of the problem, or the connection's error; undefined when the article was created. */
  failure?: string
  /** Header x-version. */
  version: string | undefined
}

/** Creates an article; never throws. */
export async function createArticle(title: string, dispatcher?: Agent): Promise<Created> {
  const body = JSON.stringify({ title, url: articleUrl, author: 'Harald Uebele' })
  const headers = { 'content-type': 'application/json' }
  try {
    const response = await request(createUrl, {
      method: 'POST',
      headers,
      body,
      ...(dispatcher && { dispatcher }),
    })
    const failure = await response.body.text()
    const status = response.statusCode
    return { title, status, version: response.headers['x-version']?.toString(), ...(status !== 201 && { failure }) }
  } catch (error) {
    return { title, status: 0, version: undefined, failure: (error as Error).message }
  }
}

/**
 * Creates articles with unique titles until `stop` is called, which returns them all.
 * @param rate articles per second
 */
export function startCreates(rate: number): { stop: () => Promise<Created[]> } {
  const dispatcher = new Agent({ connections: 256 })
  const created: Promise<Created>[] = []
  const start = Date.now()
  const timer = setInterval(() => {
    created.push(createArticle(`Created at ${start}, number ${created.length}`, dispatcher))
  }, 1000 / rate)
  return {
    stop: async () => {
      clearInterval(timer)
      const all = await Promise.all(created)
      await dispatcher.close()
      return all
    },
  }
}

/** "503 of 2.0.0, no healthy upstream: 5", for each kind of rejection; empty without rejections. */
export function rejectionText(created: Created[]): string {
  const kinds = new Map<string, number>()
  for (const { status, version, failure } of created) {
    if (status === 201) continue
    const kind = `${status} of ${version ?? 'no version'}, ${failure}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [...kinds].map(([kind, times]) => `${kind}: ${times}`).join('; ')
}

/** Runs a statement on the database of articles and returns the rows. */
async function sql(statement: string): Promise<string[]> {
  const psql = `PGPASSWORD=$(cat /run/secrets/articles-db/password) psql --host=127.0.0.1 --username=articles --tuples-only --no-align --command="${statement}"`
  const rows = await kubectl(['exec', 'articles-db-0', '--container=postgres', '--', 'sh', '-c', psql])
  return rows.split('\n').filter(Boolean)
}

/** Articles with status 201 that the database does not have exactly once, and others that it has more than once. */
export async function missingOrTwice(created: Created[]): Promise<Created[]> {
  const times = new Map<string, number>()
  for (const title of await sql(`SELECT title FROM articles WHERE url = '${articleUrl}'`))
    times.set(title, (times.get(title) ?? 0) + 1)
  return created.filter(({ title, status }) => {
    const count = times.get(title) ?? 0
    return status === 201 ? count !== 1 : count > 1
  })
}

/** Deletes the articles of tests, so that they do not appear in later lists. */
export async function deleteCreated(): Promise<void> {
  await sql(`DELETE FROM articles WHERE starts_with(url, '${articleUrl}')`)
}
