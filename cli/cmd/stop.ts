import { stopOwnEngine } from '../minikube/docker.ts'
import { containerState, stopMinikube } from '../minikube/minikube.ts'
import { rememberedChoices } from '../settings.ts'

/** `npm stop`: stops the cluster, and the Docker engine if it is ours, and keeps their state for the next start. */
export async function stop(): Promise<void> {
  // Another clone's cluster is not ours to stop.
  const isRunning = rememberedChoices() !== undefined && (await containerState()) === 'running'
  if (isRunning) await stopMinikube()
  if (rememberedChoices()) await stopOwnEngine()
  console.log(isRunning ? 'stopped; the next npm start has everything as it was' : 'not running')
}
