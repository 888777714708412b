/** The cluster of this clone, and what each kind of cluster must be able to do. All else is the same for every kind. */
import type { AppImage } from './components.ts'
import { embedded } from './embedded/cluster.ts'
import { UserError } from './errors.ts'
import { minikube } from './minikube/cluster.ts'
import { kind } from './settings.ts'

/** A part of the start. `run` does nothing when it is done already, and tells `report` what it is doing. */
export interface Step {
  title: string
  run: (report: (line: string) => void) => Promise<unknown>
}

export interface Cluster {
  /** Where Argo CD reads the remote of the clone. */
  remoteUrl: string
  /** The Argo CD that is installed has its web pages. */
  hasArgoCdPages: boolean
  /** All that stands in the way of a start, a line each. Changes nothing. */
  problems: () => Promise<string[]>
  /** From a bare machine to an API server that answers the kubeconfig, in their order. */
  steps: Step[]
  isRunning: () => Promise<boolean>
  /** Names of the images that the node has. */
  loadedImages: () => Promise<Set<string>>
  /** Builds an image from the working tree, and loads it into the node. */
  buildAndLoad: (image: AppImage) => Promise<void>
  /** Runs a command as root on the node. */
  runOnNode: (command: string[]) => Promise<string>
  /** Ends it and keeps its state. */
  stop: () => Promise<void>
  /** Ends it and removes what of its state is outside `.cluster/`. */
  remove: () => Promise<void>
}

export const cluster: Cluster = { minikube, embedded }[kind]

/** @throws {UserError} when no cluster runs */
export async function checkRunning(): Promise<void> {
  if (!(await cluster.isRunning())) throw new UserError('the cluster is not running; start it with: npm start')
}
