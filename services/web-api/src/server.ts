/** The process of the web-api service. */
import { readFileSync } from 'node:fs'
import {
  ConfigError,
  commonSettings,
  milliseconds,
  port,
  readableFile,
  run,
  serviceUrl,
} from '@cloud-native-canary/shared'
import { z } from 'zod'
import { createApp } from './app.ts'
import { Articles } from './articles.ts'
import { Authors } from './authors.ts'
import { badReleaseSettings } from './bad-release.ts'
import { adminCheck, algorithms } from './token.ts'
import { Upstream } from './upstream.ts'
import { pageSizeOf } from './version-rules.ts'

const settingsSchema = z.object({
  ...commonSettings,
  PORT: port(9080),
  ARTICLES_URL: serviceUrl().default('http://articles:8080'),
  AUTHORS_URL: serviceUrl().default('http://authors:3000'),
  ARTICLES_TIMEOUT_MS: milliseconds(2_000),
  AUTHORS_TIMEOUT_MS: milliseconds(1_000),
  /**
   * How long lists and authors are cached. Short, because users want to see at once an article that another pod created and
   * a fault that someone injects. A second still keeps most of the load off the services behind.
   */
  ARTICLES_CACHE_MS: milliseconds(1_000),
  AUTHORS_CACHE_MS: milliseconds(1_000),
  JWT_ISSUER: z.string(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_ALGORITHM: z.enum(algorithms).default('EdDSA'),
  /** PEM (SPKI). */
  JWT_PUBLIC_KEY_FILE: readableFile(),
  ...badReleaseSettings,
})

type Settings = z.output<typeof settingsSchema>

function readAdminCheck(settings: Settings) {
  return adminCheck({
    publicKey: readFileSync(settings.JWT_PUBLIC_KEY_FILE, 'utf8'),
    algorithm: settings.JWT_ALGORITHM,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
  }).catch((error: Error) => {
    throw new ConfigError(
      `JWT_PUBLIC_KEY_FILE: ${settings.JWT_PUBLIC_KEY_FILE} is not a public key in PEM (SPKI) for ${settings.JWT_ALGORITHM}: ${error.message}`,
    )
  })
}

run('web-api', settingsSchema, async (settings, dependencies) => {
  const { version, logger } = dependencies
  const requireAdmin = await readAdminCheck(settings)
  const toArticles = new Upstream(settings.ARTICLES_URL, settings.ARTICLES_TIMEOUT_MS)
  const toAuthors = new Upstream(settings.AUTHORS_URL, settings.AUTHORS_TIMEOUT_MS)
  const articles = new Articles(toArticles, pageSizeOf(version), settings.ARTICLES_CACHE_MS, logger)
  const authors = new Authors(toAuthors, settings.AUTHORS_CACHE_MS, logger)
  const { FAIL_PERCENT: failPercent, SLOW_MS: slowMs } = settings
  if (failPercent > 0 || slowMs > 0) logger.warn({ failPercent, slowMs }, 'this is a bad release on purpose')
  const app = createApp({ ...dependencies, articles, authors, requireAdmin, failPercent, slowMs })
  return { app, release: () => Promise.all([toArticles.close(), toAuthors.close()]) }
})
