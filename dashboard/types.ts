/** The data that the dashboard and `npm run watch` show: the delivery from the commit in git to the users' requests. */
import type { Application } from '../cli/application.ts'

export interface Rollout {
  phase: string
  message: string
  /** In words, e.g. "setWeight 20". */
  steps: string[]
  /** Index of the current step; the number of steps when all are done. */
  step: number
  aborted: boolean
  stableVersion: string
  /** The version in git; the same as stable when no release is in progress. */
  canaryVersion: string
}

export interface Measurement {
  phase: string
  /** The result as Argo Rollouts prints it: one number per window, newest last, e.g. "[NaN,0.01]". */
  value: string
}

export interface Metric {
  name: string
  phase: string
  successful: number
  failed: number
  inconclusive: number
  error: number
  /** The latest ten, oldest first. */
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
  /** Why there are no numbers; empty when there are. */
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
  /** Undefined in the overlays without a Rollout. */
  rollout?: Rollout
  weights: { subset: string; weight: number }[]
  analysis?: Analysis
  graph: Graph
}

/** The latest measurement of a metric, rounded: 0.0123 for "[NaN,0.0123456]", and empty for NaN. */
export function latest({ measurements }: Metric): string {
  const value = measurements.at(-1)?.value.replaceAll(/[[\]]/g, '').split(',').at(-1)
  const number = value ? Number(value) : Number.NaN
  return Number.isNaN(number) ? '' : String(Number(number.toPrecision(3)))
}

/** The actions that the state of the rollout allows. */
export function possibleActions(rollout: Rollout | undefined) {
  const isGoing = rollout !== undefined && rollout.phase !== 'Healthy' && !rollout.aborted
  return { promote: isGoing, abort: isGoing, retry: rollout?.aborted === true, rollback: rollout !== undefined }
}
