/** `npm stop`: ends the cluster and keeps its state for the next start. */
import { stopListeners } from './embedded/listeners.ts'
import { nodePid, stopNode } from './embedded/node.ts'
import { fail } from './errors.ts'

async function stop(): Promise<void> {
  const wasRunning = nodePid() !== undefined
  await stopListeners()
  await stopNode()
  console.log(wasRunning ? 'stopped; the next npm start has everything as it was' : 'not running')
}

await stop().catch(fail)
