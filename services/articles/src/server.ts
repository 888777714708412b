/** The process of the articles service. */
import { commonSettings, port, readableFile, run, serviceUrl, wholeNumber } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { createApp } from './app.ts'
import { Database } from './database.ts'

const settingsSchema = z.object({
  ...commonSettings,
  PORT: port(8080),
  PGHOST: z.string(),
  PGPORT: port(5432),
  PGUSER: z.string(),
  PGDATABASE: z.string(),
  PGPASSWORD_FILE: readableFile().optional(),
  PGPOOL_SIZE: wholeNumber(1, 100, 10),
  ZIPKIN_URL: serviceUrl().optional(),
})

run('articles', settingsSchema, (settings, dependencies) => {
  const database = new Database(settings, dependencies.logger)
  // Not awaited, so that the service returns 503 instead of refusing connections until the database is available.
  void database.migrate()
  return { app: createApp({ ...dependencies, database }), release: () => database.close() }
})
