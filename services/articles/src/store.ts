/** The articles in the database. Each function gets the headers of the request, with its trace. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Article, NewArticle } from '@cloud-native-canary/shared'
import type { Database } from './database.ts'

// As text, because PostgreSQL's bigint does not fit into a JavaScript number.
const columns = 'id::text, title, url, author'

/** At most `amount` articles, newest first. */
export function newest(database: Database, amount: number, headers: IncomingHttpHeaders): Promise<Article[]> {
  const sql = `SELECT ${columns} FROM articles ORDER BY articles.id DESC LIMIT $1`
  return database.query(sql, [amount], headers)
}

/** The article with this id, if there is one. */
export async function find(database: Database, id: string, headers: IncomingHttpHeaders): Promise<Article | undefined> {
  const sql = `SELECT ${columns} FROM articles WHERE articles.id = $1`
  const rows = await database.query<Article>(sql, [id], headers)
  return rows[0]
}

/** Stores an article and returns the stored row. */
export async function add(
  database: Database,
  { title, url, author }: NewArticle,
  headers: IncomingHttpHeaders,
): Promise<Article> {
  const sql = `INSERT INTO articles (title, url, author) VALUES ($1, $2, $3) RETURNING ${columns}`
  const [article] = await database.query<Article>(sql, [title, url, author], headers)
  if (!article) throw new Error('INSERT ... RETURNING returned no row')
  return article
}
