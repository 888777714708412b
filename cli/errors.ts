import { ExecaError } from 'execa'

/** An error that the user can fix. The CLI prints its message without a stack trace. */
export class UserError extends Error {
  override name = 'UserError'
}

/** The text of an error: messages of a UserError and of a tool as they are, any other error with its stack. */
function textOf(error: unknown): string {
  if (error instanceof UserError) return error.message
  if (error instanceof ExecaError) return [error.shortMessage, error.stderr].filter(Boolean).join('\n')
  return (error instanceof Error && error.stack) || String(error)
}

/** Prints the error's text, and sets exit status 1. */
export function fail(error: unknown): void {
  console.error(`error: ${textOf(error)}`)
  process.exitCode = 1
}
