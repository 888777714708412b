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
  /** Requests per second by status; for the database by whether they failed. */
  codes: Record<string, number>
  /** Milliseconds; undefined without requests. */
  p95?: number
}

/** A route of web-api, as one version of it counts its requests. */
export interface Route {
  /** Such as "GET /web-api/v1/getmultiple". */
  name: string
  version: string
  requestsPerSecond: number
  /** Requests per second by status. */
  codes: Record<string, number>
  /** Milliseconds. */
  p95?: number
}

/** Something that Istio does to requests, beyond the weights. */
export interface Decision {
  kind: 'retries' | 'circuit breaker' | 'fault' | 'mirror' | 'response'
  /** An end of an edge, for the graph. */
  to: string
  text: string
}

export interface Graph {
  edges: Edge[]
  routes: Route[]
  decisions: Decision[]
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

/** Measured values in words, such as "–, 0.311, 0.28"; – is that of too few requests. */
export function measuredValues(measurements: PastAnalysis['metrics'][number]['measurements']): string {
  return measurements.map(({ value }) => (value === null ? '–' : String(Number(value.toPrecision(3))))).join(', ')
}

/** The actions that the state of the rollout allows. */
export function possibleActions(rollout: Rollout | undefined) {
  const isGoing = rollout !== undefined && rollout.phase !== 'Healthy' && !rollout.aborted
  return { promote: isGoing, abort: isGoing, retry: rollout?.aborted === true, rollback: rollout !== undefined }
}

/** Something that happened to a delivery. */
export interface Moment {
  /** Milliseconds since the epoch. */
  at: number
  kind: 'push' | 'sync' | 'begun' | 'weights' | 'waits' | 'failed' | 'aborted' | 'released'
  text: string
  /** Who aborted a release. */
  by?: 'the analysis' | 'a person'
}

/** An analysis that Argo Rollouts made. */
export interface PastAnalysis {
  name: string
  /** Version of the canary; empty when its ReplicaSet is gone. */
  version: string
  phase: string
  /** Milliseconds since the epoch. */
  from: number
  to: number
  /** Argo Rollouts keeps the last ten measurements of each metric, oldest first; null without enough requests. */
  metrics: { name: string; phase: string; measurements: { at: number; value: number | null }[] }[]
}

/** A value over time: milliseconds since the epoch, and the value. There is no point while there were no requests. */
export interface Line {
  name: string
  points: [at: number, value: number][]
}

/** What happened in a time, and what the users' requests got. */
export interface Period {
  /** Milliseconds since the epoch. */
  from: number
  to: number
  /** Milliseconds between two points of a line. */
  step: number
  moments: Moment[]
  analyses: PastAnalysis[]
  /** Share of the requests for each subset, from 0 to 1. */
  shares: Line[]
  /** By version of web-api; the empty name is that of responses which the gateway returned itself. */
  requestsPerSecond: Line[]
  /** Share of the responses with status 5xx by version, from 0 to 1. */
  errors: Line[]
  /** Milliseconds by version. */
  p95: Line[]
  /** Why there are no lines; empty when there are. */
  problem: string
}

/** A delivery: a push, and everything until the next one. */
export interface Delivered {
  /** Milliseconds since the epoch: the push, and a few minutes after the last moment. */
  at: number
  until: number
  commit: { hash: string; subject: string }
  /** Who pushed; empty when the reflog does not know. */
  by: string
  /** Of web-api, before and after the push. */
  versions: [before: string, after: string]
  outcome: string
  /** Whether somebody or something sent it back. */
  bad: boolean
}

export interface History {
  day: Period
  /** Those of the last week, newest first. */
  deliveries: Delivered[]
}

/** What the browsers that use the Traffic page through LISTEN got since the last news. */
export interface RoomNews {
  /** The number of browsers that sent requests in the last seconds. */
  browsers: number
  answers: { version: string; ok: boolean; milliseconds: number }[]
}
