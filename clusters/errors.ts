/** An error that is the user's to mend: shown as one line, without a stack trace. */
export class UserError extends Error {
  override name = 'UserError'
}

/** Ends the process with status 1, telling a user's mistake in one line and anything else with its stack. */
export function fail(error: unknown): never {
  const text = error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error)
  console.error(`error: ${text}`)
  process.exit(1)
}
