/** The articles service as an Express application. */
import { type CommonDependencies, createService } from '@cloud-native-canary/shared'
import type { Express } from 'express'
import { create } from './create.ts'
import type { Database } from './database.ts'
import { getmultiple } from './getmultiple.ts'
import { getone } from './getone.ts'

/** What the application needs from the process that runs it. */
export interface Dependencies extends CommonDependencies {
  database: Database
}

/** Serves `/articles/v1/*`; ready while the database is available. */
export function createApp({ database, ...dependencies }: Dependencies): Express {
  return createService({
    ...dependencies,
    name: 'articles',
    description: 'The blog articles',
    routes: [getmultiple(database), getone(database), create(database)],
    ready: () => database.ping(),
    metrics: [database.duration],
  })
}
