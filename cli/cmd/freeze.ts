import { userInfo } from 'node:os'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { createFreeze, deleteFreeze, freezeText, readFreeze } from '../freeze.ts'
import { otherRepository } from '../git/remote.ts'
import { checkRunning } from '../minikube/node.ts'
import { root } from '../settings.ts'

/** The name with which this user commits. */
async function userName(): Promise<string> {
  const { stdout } = await execa('git', ['config', 'user.name'], { cwd: root, reject: false })
  return stdout || userInfo().username
}

/**
 * `npm run freeze`: from now on the remote rejects pushes that change what runs.
 * @returns a message for the user
 * @throws {UserError} when it is frozen already, or Argo CD reads a fork, whose pushes nobody here judges
 */
export async function freeze(reason: string): Promise<string> {
  await checkRunning()
  if (await otherRepository()) throw new UserError('Argo CD reads a fork: protect its branch main instead')
  const present = await readFreeze()
  if (present) throw new UserError(`${freezeText(present)}; to end that: npm run thaw`)
  const created = { by: await userName(), since: new Date().toISOString(), reason }
  await createFreeze(created)
  return freezeText(created)
}

/**
 * `npm run thaw`: ends a freeze.
 * @returns a message for the user
 */
export async function thaw(): Promise<string> {
  await checkRunning()
  const present = await readFreeze()
  if (!present) return 'nothing to do: nothing is frozen'
  await deleteFreeze()
  return `no longer ${freezeText(present)}`
}
