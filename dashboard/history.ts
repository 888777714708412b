/**
 * Reads what happened while nobody watched. Each source keeps what the others forget, through npm stop, too:
 *
 * - the remote's reflog: pushes
 * - the Applications' history: syncs
 * - AnalysisRuns: what an analysis measured
 * - Prometheus, on its volume: what Argo Rollouts did, and what users got from each version
 *
 * Events would not do: the API server keeps them for an hour, and merges those with the same text.
 */
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import type { IAnalysisRun } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { execa } from 'execa'
import type { ReplicaSet } from 'kubernetes-types/apps/v1.d.ts'
import { versionsIn } from '../cli/git/versions.ts'
import { folders, kubernetes, type Stored } from '../cli/kubernetes.ts'
import { paths } from '../cli/settings.ts'
import {
  deliveriesOf,
  type Happening,
  momentsOf,
  type Push,
  type Records,
  type Sync,
  withShares,
} from './deliveries.ts'
import { hashLabel, versionOf } from './delivery.ts'
import { queryRange } from './prometheus.ts'
import type { Delivered, History, Line, PastAnalysis, Period } from './types.ts'

const minute = 60_000
const day = 24 * 60 * minute
const week = 7 * day

/**
 * The updates of a repository's main, oldest first; none before the repository had a reflog.
 * @param repository the folder of a bare repository
 */
export async function readPushes(repository = paths.git): Promise<Push[]> {
  const git = (args: string[]) => execa('git', ['--git-dir', repository, ...args], { reject: false })
  const format = '--format=%H%x09%gd%x09%gn%x09%s'
  const { stdout } = await git(['log', '--walk-reflogs', '--date=unix', '--max-count=1000', format, 'main'])
  const pushes = stdout.split('\n').flatMap((line) => {
    const [hash = '', entry = '', by = '', subject = ''] = line.split('\t')
    const seconds = Number(/@\{(\d+)\}/.exec(entry)?.[1])
    return seconds > 0 ? [{ hash, at: 1000 * seconds, by, subject }] : []
  })
  if (pushes.length === 0) return []
  const versions = await versionsIn(repository, [...new Set(pushes.map(({ hash }) => hash))])
  return pushes.reverse().map((push) => ({ ...push, version: versions.get(push.hash) ?? '' }))
}

async function readSyncs(): Promise<Sync[]> {
  const applications = await kubernetes.list<IApplication>(`${folders.argoCd}/applications`)
  return applications.flatMap(({ metadata, status }) =>
    (status?.history ?? []).map(({ revision = '', deployedAt, initiatedBy }) => ({
      at: Date.parse(deployedAt),
      application: metadata.name,
      revision,
      by: initiatedBy?.username ?? '',
    })),
  )
}

/** A measurement has one number for each window, newest last: "[NaN,0.01]". */
function newestWindow({ value = '' }: { value?: string }): number | null {
  const number = Number.parseFloat(value.replaceAll(/[[\]]/g, '').split(',').at(-1) ?? '')
  return Number.isNaN(number) ? null : number
}

/** The published type lacks a field of Argo Rollouts 1.10. */
type Run = Stored<IAnalysisRun> & { status?: { completedAt?: string } }

function readAnalysis({ metadata, status }: Run, replicaSets: Stored<ReplicaSet>[]): PastAnalysis {
  const hash = metadata.labels?.[hashLabel]
  const replicaSet = replicaSets.find(({ metadata }) => metadata.labels?.[hashLabel] === hash)
  const metrics = (status?.metricResults ?? []).map(({ name, phase, measurements = [] }) => ({
    name,
    phase,
    measurements: measurements.map((measurement) => ({
      at: Date.parse(measurement.finishedAt ?? ''),
      value: newestWindow(measurement),
    })),
  }))
  const newest = metrics.flatMap(({ measurements }) => measurements.map(({ at }) => at)).sort((a, b) => a - b)
  const from = Date.parse(status?.startedAt ?? metadata.creationTimestamp)
  return {
    name: metadata.name,
    version: replicaSet ? versionOf(replicaSet.spec?.template?.spec?.containers[0]?.image) : '',
    phase: status?.phase ?? 'Pending',
    from,
    to: status?.completedAt ? Date.parse(status.completedAt) : (newest.at(-1) ?? from),
    metrics,
  }
}

async function readAnalyses(): Promise<PastAnalysis[]> {
  const [runs, replicaSets] = await Promise.all([
    kubernetes.list<IAnalysisRun>(`${folders.argoRollouts}/analysisruns`),
    kubernetes.list<ReplicaSet>(`${folders.apps}/replicasets?labelSelector=app%3Dweb-api`),
  ])
  const own = runs.filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === 'web-api'))
  return own.map((run) => readAnalysis(run, replicaSets))
}

/**
 * Times at which Argo Rollouts counted an Event: the count differs from that of a step before, or there was none. While Prometheus
 * did not read the counts, a difference says nothing about the time.
 */
async function readHappenings(from: number, to: number): Promise<Happening[]> {
  const step = Math.max(5, Math.ceil((to - from) / 1000 / 10_000))
  const count = (offset: string) => `sum by (reason) (rollout_events_total{name="web-api"}${offset})`
  const [now, before] = [count(''), count(` offset ${step}s`)]
  const query = `(${now} != ${before} or (${now} unless ${before})) and on() (up{job="argo-rollouts"} offset ${step}s == 1)`
  const series = await queryRange(query, from / 1000, to / 1000, step)
  return series.flatMap(({ metric, values }) =>
    values.map(([seconds]) => ({ at: 1000 * seconds, reason: metric.reason ?? '' })),
  )
}

/** Events of Prometheus are missing when it does not respond; the other sources still explain a lot. */
async function readRecords(from: number, to: number): Promise<Records> {
  const [pushes, syncs, analyses, happenings] = await Promise.all([
    readPushes(),
    readSyncs(),
    readAnalyses(),
    readHappenings(from, to).catch(() => []),
  ])
  return { pushes, syncs, analyses, happenings }
}

const gateway = 'app="istio-ingressgateway"'
const byVersion = `${gateway},reporter="source",destination_service_name=~"web-api(-canary)?"`

/** Queries of the lines, by the label that names them. */
const lines = (window: string) => ({
  shares: {
    label: 'subset',
    query: share('envoy_cluster_upstream_rq', `${gateway},destination="web-api"`, window),
  },
  requestsPerSecond: {
    label: 'destination_version',
    query: `sum by (destination_version) (rate(istio_requests_total{${byVersion}}[${window}])) > 0`,
  },
  errors: {
    label: 'destination_version',
    query: `(sum by (destination_version) (rate(istio_requests_total{${byVersion},response_code=~"5.."}[${window}]))
      or 0 * sum by (destination_version) (rate(istio_requests_total{${byVersion}}[${window}])))
      / (sum by (destination_version) (rate(istio_requests_total{${byVersion}}[${window}])) > 0)`,
  },
  p95: {
    label: 'destination_version',
    query: `histogram_quantile(0.95, sum by (destination_version, le)
      (rate(istio_request_duration_milliseconds_bucket{${byVersion}}[${window}])))`,
  },
})

function share(counter: string, selector: string, window: string): string {
  const rate = `(rate(${counter}{${selector}}[${window}]))`
  return `sum by (subset) ${rate} / on() group_left() (sum ${rate} > 0)`
}

async function readLine({ label, query }: { label: string; query: string }, from: number, to: number, step: number) {
  const series = await queryRange(query, from / 1000, to / 1000, step)
  return series.flatMap(({ metric, values }): Line[] => {
    const points = values.map(([seconds, value]): Line['points'][number] => [1000 * seconds, Number(value)])
    const real = points.filter(([, value]) => !Number.isNaN(value))
    const name = metric[label] ?? ''
    return real.length > 0 ? [{ name: name === 'unknown' ? '' : name, points: real }] : []
  })
}

/** So many points are as fine as a screen shows. */
const mostPoints = 240

/** What happened between two times, in milliseconds since the epoch. */
async function readPeriod(from: number, to: number, records: Records): Promise<Period> {
  // Not finer than five scrapes.
  const step = Math.max(10, Math.ceil((to - from) / 1000 / mostPoints))
  const wanted = lines(`${step}s`)
  const read = (line: { label: string; query: string }) => readLine(line, from, to, step)
  const isWithin = ({ at }: { at: number }) => at >= from && at <= to
  const period = {
    from,
    to,
    step: 1000 * step,
    moments: momentsOf(records).filter(isWithin),
    analyses: records.analyses.filter((analysis) => analysis.to >= from && analysis.from <= to),
  }
  try {
    const [shares = [], requestsPerSecond = [], errors = [], p95 = []] = await Promise.all([
      read(wanted.shares),
      read(wanted.requestsPerSecond),
      read(wanted.errors),
      read(wanted.p95),
    ])
    return { ...period, shares, requestsPerSecond, errors, p95, problem: '' }
  } catch (error) {
    const problem = `Prometheus does not answer: ${(error as Error).message}`
    return { ...period, shares: [], requestsPerSecond: [], errors: [], p95: [], problem }
  }
}

/** The last 24 hours, and the deliveries of the last week. @throws {UserError} when the cluster does not answer */
export async function readHistory(now = Date.now()): Promise<History> {
  const ofWeek = await readRecords(now - week, now)
  // Their times are finer than those of a week, so that two pushes within a minute keep their own outcomes.
  const ofDay = await readHappenings(now - day, now).catch(() => [])
  const happenings = [...ofWeek.happenings.filter(({ at }) => at < now - day), ...ofDay]
  const records = { ...ofWeek, happenings }
  return { day: await readPeriod(now - day, now, records), deliveries: deliveriesOf(records, now - week, now) }
}

/** One delivery, with a minute before it. @throws {UserError} when the cluster does not answer */
export async function readDelivery({ at, until }: Pick<Delivered, 'at' | 'until'>): Promise<Period> {
  const from = at - minute
  // Prometheus sees what happened just before the next push only after it.
  const period = await readPeriod(from, until, await readRecords(from, until + minute))
  return { ...period, moments: withShares(period) }
}
