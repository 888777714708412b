/** Formats mistakes for the author of a push. */
import { UserError } from '../errors.ts'
import { type Mistake, textOf } from './objects.ts'

/** @throws {UserError} with a line for each mistake, when there are any */
export function rejectIf(mistakes: Mistake[], isVerbose: boolean): void {
  if (mistakes.length === 0) return
  const lines = mistakes.map((mistake) => `  ${textOf(mistake, isVerbose)}`)
  const hasMore = !isVerbose && mistakes.some(({ details }) => details)
  if (hasMore) lines.push('  all that the tools say: git push -o verbose, or npm run check -- --verbose')
  throw new UserError(`the push is rejected:\n${lines.join('\n')}`)
}
