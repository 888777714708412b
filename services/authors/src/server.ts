/** The process of the authors service. */
import { commonSettings, createLogger, port, readConfig, run, version } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { createApp } from './app.ts'

run(() => {
  const settings = readConfig(z.object({ ...commonSettings, PORT: port(3000) }), process.env)
  const logger = createLogger('authors', version, settings.LOG_LEVEL)
  const lifecycle = { stopping: false }
  return { app: createApp({ version, logger, lifecycle }), lifecycle, settings, logger }
})
