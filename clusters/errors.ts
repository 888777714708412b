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

/** Ends the process with status 1 and the error's text. */
export function fail(error: unknown): never {
  console.error(`error: ${textOf(error)}`)
  process.exit(1)
}
