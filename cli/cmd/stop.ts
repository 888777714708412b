import { stopOwnEngine } from '../minikube/docker.ts'
import { containerState, stopMinikube } from '../minikube/minikube.ts'
import { rememberedChoices } from '../settings.ts'

/** `npm stop`: stops the cluster, and the Docker engine if `npm start` started it, and keeps their state. */
export async function stop(): Promise<void> {
  // Does not stop the cluster of another clone.
  const isRunning = rememberedChoices() !== undefined && (await containerState()) === 'running'
  if (isRunning) await stopMinikube()
  if (rememberedChoices()) await stopOwnEngine()
  console.log(isRunning ? 'stopped; npm start resumes it with its state' : 'not running')
}
