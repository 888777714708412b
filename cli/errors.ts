import { ExecaError } from 'execa'

/** An error that is the user's to mend: shown as one line, without a stack trace. */
export class UserError extends Error {
  override name = 'UserError'
}

/** What to show of an error: a user's mistake and a tool's own words as they are, anything else with its stack. */
function textOf(error: unknown): string {
  if (error instanceof UserError) return error.message
  if (error instanceof ExecaError) return [error.shortMessage, error.stderr].filter(Boolean).join('\n')
  return (error instanceof Error && error.stack) || String(error)
}

/** Prints the error's text, and has the process end with status 1. */
export function fail(error: unknown): void {
  console.error(`error: ${textOf(error)}`)
  process.exitCode = 1
}
