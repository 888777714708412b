/** The process of the authors service. */
import { commonSettings, port, run } from '@cloud-native-canary/shared'
import { z } from 'zod'
import { createApp } from './app.ts'

run('authors', z.object({ ...commonSettings, PORT: port(3000) }), (_settings, dependencies) => ({
  app: createApp(dependencies),
}))
