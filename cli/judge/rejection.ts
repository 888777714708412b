/** Formats mistakes for the author of a push. */
import { UserError } from '../errors.ts'
import { allowFreeze, freezeText, readFreeze } from '../freeze.ts'
import { nothingChanges } from './changes.ts'
import type { Hazard } from './hazards.ts'
import { type Mistake, textOf } from './objects.ts'

/** Rejects a push. @param reason continues the sentence "the push is rejected" @throws {UserError} always */
function reject(reason: string, lines: string[]): never {
  throw new UserError([`the push is rejected${reason}`, ...lines].join('\n  '))
}

/** @throws {UserError} with a line for each mistake, when there are any */
export function rejectIf(mistakes: Mistake[], isVerbose: boolean): void {
  if (mistakes.length === 0) return
  const lines = mistakes.map((mistake) => textOf(mistake, isVerbose))
  const hasMore = !isVerbose && mistakes.some(({ details }) => details)
  if (hasMore) lines.push('for the whole output of the tools: git push -o verbose, or npm run check -- --verbose')
  reject(':', lines)
}

/** @throws {UserError} a line for each hazard that no option of the push names, and the options that are missing */
export function rejectHazards(hazards: Hazard[], options: string[]): void {
  const open = hazards.filter(({ name }) => !options.includes(`allow=${name}`))
  if (open.length === 0) return
  const missing = [...new Set(open.map(({ name }) => `-o allow=${name}`))].join(' ')
  const lines = open.map(({ consequence }) => consequence)
  reject(', because it would hurt users:', [...lines, `to push nevertheless: git push ${missing} …`])
}

/**
 * @param changes lines for the author about what changes in the cluster
 * @param options of the push
 * @throws {UserError} when the cluster is frozen and the push changes what runs
 */
export async function rejectIfFrozen(changes: string[], options: string[]): Promise<void> {
  const frozen = await readFreeze()
  if (!frozen || changes.includes(nothingChanges) || options.includes(allowFreeze)) return
  const lines = [...changes, `to push nevertheless: git push -o ${allowFreeze} …; to end the freeze: npm run thaw`]
  reject(`: ${freezeText(frozen)}`, lines)
}
