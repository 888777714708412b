/** The authors service as an Express application. */
import { createService, type Lifecycle, type Logger } from '@cloud-native-canary/shared'
import type { Express } from 'express'
import { getauthor } from './getauthor.ts'

/** What the application needs from the process that runs it. */
export interface Dependencies {
  version: string
  logger: Logger
  lifecycle: Lifecycle
}

/** Answers `/api/v1/getauthor`. */
export function createApp(dependencies: Dependencies): Express {
  return createService({
    ...dependencies,
    name: 'authors',
    description: "Authors of blog articles: each one's blog and Twitter handle",
    routes: [getauthor],
  })
}
