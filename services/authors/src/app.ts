/** The authors service as an Express application. */
import { type CommonDependencies, createService } from '@cloud-native-canary/shared'
import type { Express } from 'express'
import { getauthor } from './getauthor.ts'

/** Serves `/api/v1/getauthor`. */
export function createApp(dependencies: CommonDependencies): Express {
  return createService({
    ...dependencies,
    name: 'authors',
    description: "Authors of blog articles: each one's blog and Twitter handle",
    routes: [getauthor],
  })
}
