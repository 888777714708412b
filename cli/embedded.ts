/** The embedded cluster, which this repository used before Minikube. An old clone may still have one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from './errors.ts'
import { state } from './settings.ts'

/** The last commit that can delete an embedded cluster. */
const lastCommit = '3c39cf06c0e6'

/** @throws {UserError} when this clone has an embedded cluster, because this version cannot start, stop or delete it */
export function checkNoEmbeddedCluster(): void {
  if (!existsSync(join(state, 'kind'))) return
  throw new UserError(
    `this clone still has an embedded cluster; delete it with: git checkout ${lastCommit} && npm ci --ignore-scripts && npm run delete && git checkout - && npm ci --ignore-scripts`,
  )
}
