/** Configuration from the environment, which the process checks as a whole when it starts. */
import { accessSync, constants } from 'node:fs'
import { z } from 'zod'

/** The environment is not valid; `message` lists every mistake, one per line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Reads the settings that `schema` describes. An empty variable counts as unset, because a variable that a manifest leaves
 * unset often arrives as the empty string.
 * @throws {ConfigError} that lists all mistakes
 */
export function readConfig<Settings>(schema: z.ZodType<Settings>, environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const mistakes = result.error.issues.map((issue) => {
    const name = issue.path.join('.')
    return `  ${name}: ${given[name] === undefined ? 'is missing' : issue.message}`
  })
  throw new ConfigError(`The environment is not usable:\n${mistakes.join('\n')}`)
}

/** A whole number within bounds, written in decimal digits. */
export function wholeNumber(least: number, most: number, fallback: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string(message)
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(least, message).max(most, message))
    .default(fallback)
}

/** A duration in milliseconds, at most one day. */
export const milliseconds = (fallback: number) => wholeNumber(0, 86_400_000, fallback)

/** A TCP port; 0 lets the system choose. */
export const port = (fallback: number) => wholeNumber(0, 65_535, fallback)

/** The base URL of another service, without a path. */
export const serviceUrl = () => z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

/** The path of a file that this process may read. */
export const readableFile = () => z.string().refine(isReadable, 'must be the path of a readable file')

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** Settings of every service; durations are milliseconds. */
export const commonSettings = {
  /** Address to listen on. */
  HOST: z.string().default('0.0.0.0'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How long a stopping service keeps serving while it is not ready, so that proxies stop sending first. */
  SHUTDOWN_GRACE_MS: milliseconds(5_000),
  /** How long requests in flight may take after that. */
  SHUTDOWN_TIMEOUT_MS: milliseconds(10_000),
  /**
   * How long the server keeps an idle connection. Envoy keeps one for an hour by default. If the server closed it first,
   * a request that is already on its way would fail, so the server must wait longer.
   */
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(3_660_000),
}

export type CommonSettings = z.output<z.ZodObject<typeof commonSettings>>
