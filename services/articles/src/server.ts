/** The process of the articles service. */
import {
  commonSettings,
  createLogger,
  port,
  readableFile,
  readConfig,
  run,
  version,
  wholeNumber,
} from '@cloud-native-canary/shared'
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
})

run(() => {
  const settings = readConfig(settingsSchema, process.env)
  const logger = createLogger('articles', version, settings.LOG_LEVEL)
  const lifecycle = { stopping: false }
  const database = new Database(settings, logger)
  // Not awaited: the process answers, if only that the database is away, from the start.
  void database.migrate()
  const app = createApp({ version, logger, lifecycle, database })
  return { app, lifecycle, settings, logger, release: () => database.close() }
})
