/** The embedded cluster, which this repository had before Minikube, and which a clone may still have. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from './errors.ts'
import { state } from './settings.ts'

/** The last commit that can remove one. */
const lastCommit = '3c39cf06c0e6'

/** @throws {UserError} when this clone has one: nothing here can start, stop or remove it */
export function checkNoEmbeddedCluster(): void {
  if (!existsSync(join(state, 'kind'))) return
  throw new UserError(
    `this clone still has an embedded cluster. Remove it: git checkout ${lastCommit} && npm ci --ignore-scripts && npm run delete && git checkout - && npm ci --ignore-scripts`,
  )
}
