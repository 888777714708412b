/** The web-api service as an Express application. */
import { type CommonDependencies, createService } from '@cloud-native-canary/shared'
import type { Express } from 'express'
import helmet from 'helmet'
import type { Articles } from './articles.ts'
import type { Authors } from './authors.ts'
import { type Badness, spoil } from './bad-release.ts'
import { create } from './create.ts'
import { getmultiple } from './getmultiple.ts'
import { manage } from './manage.ts'
import { swaggerUi } from './swagger-ui.ts'
import type { RequireAdmin } from './token.ts'

/** What the application needs from the process that runs it. */
export interface Dependencies extends CommonDependencies, Badness {
  articles: Articles
  authors: Authors
  requireAdmin: RequireAdmin
}

// Responses are data: a browser that treats one as a page may load and run nothing.
const security = helmet({
  strictTransportSecurity: false,
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  // These are for pages or for old browsers, and would make every response larger.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
})

/** Serves `/web-api/v1/*` and `/openapi/ui/`. Ready once it has a fallback for both services behind it. */
export function createApp(dependencies: Dependencies): Express {
  const { articles, authors, requireAdmin, version, logger, lifecycle } = dependencies
  return createService({
    version,
    logger,
    lifecycle,
    name: 'web-api',
    description: 'Blog articles and their authors, for the web app',
    before: [security],
    ready: () => articles.ensureFallback(),
    routes: [
      getmultiple(articles, authors),
      create(articles, authors),
      manage(requireAdmin, articles, authors, version, logger),
    ].map((route) => spoil(route, dependencies)),
    pages: swaggerUi,
  })
}
