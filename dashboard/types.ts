/** What the dashboard and `npm run watch` show: one delivery, from the commit in git to the requests of the users. */
import type { Application } from '../cli/application.ts'

export interface Rollout {
  phase: string
  message: string
  /** In words, e.g. "setWeight 20". */
  steps: string[]
  /** Index of the step that is being done; the number of steps when all are. */
  step: number
  aborted: boolean
  stableVersion: string
  /** The one that git asks for; the same as stable when nothing is going on. */
  canaryVersion: string
}

export interface Measurement {
  phase: string
  /** As Argo Rollouts prints the result: one number for each window, the newest last, e.g. "[NaN,0.01]". */
  value: string
}

export interface Metric {
  name: string
  phase: string
  successful: number
  failed: number
  inconclusive: number
  error: number
  /** Oldest first, the latest ten. */
  measurements: Measurement[]
}

export interface Analysis {
  name: string
  phase: string
  message: string
  metrics: Metric[]
}

export interface Edge {
  /** `gateway`, `web-app`, `articles`, `authors`, `database`, or a version of web-api by its subset, such as `stable`. */
  from: string
  to: string
  requestsPerSecond: number
  /** From 0 to 1. */
  errorShare: number
  /** Milliseconds; undefined without requests. */
  p95?: number
}

export interface Graph {
  edges: Edge[]
  /** Why there are no numbers, when there are none. */
  problem: string
}

export interface Notification {
  /** Milliseconds since the epoch. */
  at: number
  event: 'synced' | 'degraded' | 'promoted' | 'aborted' | 'rolled back'
  text: string
}

export interface Delivery {
  /** Milliseconds since the epoch. */
  at: number
  /** Newest commit of the cluster's main. */
  commit: { hash: string; subject: string }
  applications: Application[]
  /** Undefined in the overlays that have none. */
  rollout?: Rollout
  weights: { subset: string; weight: number }[]
  analysis?: Analysis
  graph: Graph
}

/** What a metric measured last, rounded: 0.0123 of "[NaN,0.0123456]", and nothing of NaN. */
export function latest({ measurements }: Metric): string {
  const value = measurements.at(-1)?.value.replaceAll(/[[\]]/g, '').split(',').at(-1)
  const number = value ? Number(value) : Number.NaN
  return Number.isNaN(number) ? '' : String(Number(number.toPrecision(3)))
}

/** Of the rollout, what a person may do now. */
export function possibleActions(rollout: Rollout | undefined) {
  const isGoing = rollout !== undefined && rollout.phase !== 'Healthy' && !rollout.aborted
  return { promote: isGoing, abort: isGoing, retry: rollout?.aborted === true, rollback: rollout !== undefined }
}
