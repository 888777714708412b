/** `npm run delete`: ends the cluster and removes its state. What was built stays in the user's cache directory. */
import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import { cluster } from './cluster.ts'
import { fail } from './errors.ts'
import { cache, root, state } from './settings.ts'

async function removeAll(): Promise<void> {
  await cluster.remove()
  await execa('git', ['remote', 'remove', 'cluster'], { cwd: root, reject: false })
  await rm(state, { recursive: true, force: true })
  console.log(`deleted; built programs and images are kept for the next start in ${cache}`)
}

await removeAll().catch(fail)
