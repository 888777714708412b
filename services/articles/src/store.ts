/** The articles in the database. */
import type { Article, NewArticle } from '@cloud-native-canary/shared'
import type { Database } from './database.ts'

// As text, because PostgreSQL's bigint does not fit into a JavaScript number.
const columns = 'id::text, title, url, author'

/** At most `amount` articles, newest first. */
export function newest(database: Database, amount: number): Promise<Article[]> {
  return database.query(`SELECT ${columns} FROM articles ORDER BY articles.id DESC LIMIT $1`, [amount])
}

/** The article with this id, if there is one. */
export async function find(database: Database, id: string): Promise<Article | undefined> {
  const rows = await database.query<Article>(`SELECT ${columns} FROM articles WHERE articles.id = $1`, [id])
  return rows[0]
}

/** Stores an article and returns the stored row. */
export async function add(database: Database, { title, url, author }: NewArticle): Promise<Article> {
  const sql = `INSERT INTO articles (title, url, author) VALUES ($1, $2, $3) RETURNING ${columns}`
  const [article] = await database.query<Article>(sql, [title, url, author])
  if (!article) throw new Error('INSERT ... RETURNING returned no row')
  return article
}
