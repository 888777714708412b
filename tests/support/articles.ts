/** Articles that tests have created. */
import { kubectl } from '../../cli/tools.ts'

/** Deletes those whose URL begins so from the database: nobody else's list should begin with them. */
export async function removeArticles(url: string): Promise<void> {
  const sql = `DELETE FROM articles WHERE starts_with(url, '${url}')`
  const psql = `PGPASSWORD=$(cat /run/secrets/articles-db/password) psql --host=127.0.0.1 --username=articles --command="${sql}"`
  await kubectl(['exec', 'articles-db-0', '--container=postgres', '--', 'sh', '-c', psql])
}
