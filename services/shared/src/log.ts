/** JSON log lines on standard output. */
import { type Logger, pino } from 'pino'

export type { Logger }

/** A logger that names service and version in every line. */
export function createLogger(service: string, version: string, level: string): Logger {
  return pino({
    level,
    base: { service, version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}
