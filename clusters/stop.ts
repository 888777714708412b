/** `npm stop`: ends the cluster and keeps its state for the next start. */
import { cluster } from './cluster.ts'
import { fail } from './errors.ts'

async function stop(): Promise<void> {
  const wasRunning = await cluster.isRunning()
  await cluster.stop()
  console.log(wasRunning ? 'stopped; the next npm start has everything as it was' : 'not running')
}

await stop().catch(fail)
