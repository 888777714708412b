/** Makes deliveries with their outcomes, and a list of moments, from what git, Argo CD, Argo Rollouts and Prometheus recorded. */
import { type Delivered, type Moment, measuredValues, type PastAnalysis, type Period } from './types.ts'

/** An update of the remote's main. */
export interface Push {
  /** Milliseconds since the epoch, as everywhere here. */
  at: number
  by: string
  hash: string
  subject: string
  /** Of web-api. */
  version: string
}

/** A sync that Argo CD completed. */
export interface Sync {
  at: number
  application: string
  revision: string
  /** Empty when Argo CD synced by itself. */
  by: string
}

/** An Event of Argo Rollouts, of which Prometheus has the reason and the time. */
export interface Happening {
  at: number
  reason: string
}

export interface Records {
  pushes: Push[]
  syncs: Sync[]
  happenings: Happening[]
  analyses: PastAnalysis[]
}

const minute = 60_000
/** The users' requests of this time show what the last moment of a delivery did to them. */
const afterwards = 5 * minute

/** In the order in which one reconciliation of Argo Rollouts causes them, because Prometheus sees several at once. */
const inWords: Record<string, Omit<Moment, 'at'>> = {
  RolloutUpdated: { kind: 'begun', text: 'Argo Rollouts begins a release of web-api' },
  AnalysisRunFailed: { kind: 'failed', text: 'An analysis fails' },
  AnalysisRunError: { kind: 'failed', text: 'An analysis ends with an error' },
  RolloutAborted: { kind: 'aborted', text: 'aborted' },
  SkipSteps: { kind: 'begun', text: 'Argo Rollouts skips the steps: the version ran recently' },
  TrafficWeightUpdated: { kind: 'weights', text: 'Argo Rollouts changes the weights' },
  RolloutPaused: { kind: 'waits', text: 'The rollout pauses' },
  RolloutCompleted: { kind: 'released', text: 'The new version is stable: it gets all requests' },
}
const order = Object.keys(inWords)

const isBad = ({ phase }: { phase: string }) => phase === 'Failed' || phase === 'Error'

function failedAnalyses(analyses: PastAnalysis[]): Moment[] {
  return analyses.filter(isBad).map(({ name, version, to, metrics }) => {
    // Three bad ones in a row abort a release: components/canary/analysis-template.yaml
    const measured = metrics
      .filter(isBad)
      .map((metric) => `${metric.name} ${measuredValues(metric.measurements.slice(-3))}`)
    return {
      at: to,
      kind: 'failed',
      text: `The analysis ${name}${version && ` of ${version}`} fails: ${measured.join('; ')}`,
    }
  })
}

function ofRollout(happenings: Happening[], analyses: PastAnalysis[]): Moment[] {
  const failed = failedAnalyses(analyses)
  const isKnown = (at: number) => failed.some((moment) => Math.abs(moment.at - at) < minute)
  const sorted = [...happenings].sort((a, b) => a.at - b.at || order.indexOf(a.reason) - order.indexOf(b.reason))
  const moments = sorted.flatMap(({ at, reason }): Moment[] => {
    const found = inWords[reason]
    if (!found || (found.kind === 'failed' && isKnown(at))) return []
    return [{ at, ...found }]
  })
  // An Event is seen at the next scrape, an analysis has its own time.
  const all = [...failed, ...moments].sort((a, b) => a.at - b.at)
  return all.map((moment) => {
    if (moment.kind !== 'aborted') return moment
    // Prometheus sees the Event some seconds after the analysis has failed, when the next push may have happened.
    const cause = all.find(({ at, kind }) => kind === 'failed' && Math.abs(at - moment.at) < minute)
    const by = cause ? 'the analysis' : 'a person'
    return { ...moment, at: cause?.at ?? moment.at, by, text: `Aborted by ${by}: stable gets all requests` }
  })
}

const short = (hash: string) => hash.slice(0, 7)

/** Everything that happened, oldest first. */
export function momentsOf({ pushes, syncs, happenings, analyses }: Records): Moment[] {
  const pushed = pushes.map(({ at, by, hash, subject, version }): Moment => {
    const what = [`${by || 'Somebody'} pushes ${short(hash)}`, subject && `“${subject}”`].filter(Boolean).join(' ')
    return { at, kind: 'push', text: version ? `${what}, with web-api ${version}` : what }
  })
  const synced = syncs.map(({ at, application, revision, by }): Moment => {
    return { at, kind: 'sync', text: `${by || 'Argo CD'} synced ${application} to ${short(revision)}` }
  })
  return [...pushed, ...synced, ...ofRollout(happenings, analyses)].sort((a, b) => a.at - b.at)
}

function outcomeOf(moments: Moment[], isLast: boolean): Pick<Delivered, 'outcome' | 'bad'> {
  const last = moments.findLast(({ kind }) => kind === 'aborted' || kind === 'released')
  if (last?.kind === 'released') return { outcome: 'released', bad: false }
  if (last) return { outcome: `sent back by ${last.by}`, bad: true }
  if (moments.some(({ kind }) => kind === 'begun'))
    return isLast ? { outcome: 'in progress', bad: false } : { outcome: 'replaced by the next push', bad: false }
  return { outcome: moments.some(({ kind }) => kind === 'sync') ? 'synced' : 'nothing to sync', bad: false }
}

/** Pushes, and syncs of commits for which there is no push: those before the reflog began, or of another repository. */
function withUnseen(pushes: Push[], syncs: Sync[]): Push[] {
  const first = new Map<string, Sync>()
  for (const sync of [...syncs].sort((a, b) => b.at - a.at))
    if (!pushes.some(({ hash }) => hash === sync.revision)) first.set(sync.revision, sync)
  const unseen = [...first].map(([hash, { at }]) => ({ at, by: '', hash, subject: '', version: '' }))
  return [...pushes, ...unseen].sort((a, b) => a.at - b.at)
}

/**
 * The deliveries since a time, newest first.
 * @param now the end of the newest one
 */
export function deliveriesOf(records: Records, since: number, now: number): Delivered[] {
  const pushes = withUnseen(records.pushes, records.syncs)
  const moments = momentsOf(records)
  const deliveries = pushes.map(({ at, by, hash, subject, version }, index): Delivered => {
    const end = pushes[index + 1]?.at ?? now
    const own = moments.filter((moment) => moment.at >= at && moment.at < end)
    const until = Math.min(end, (own.at(-1)?.at ?? at) + afterwards)
    const before = pushes[index - 1]?.version ?? ''
    const outcome = outcomeOf(own, index === pushes.length - 1)
    return { at, until, commit: { hash, subject }, by, versions: [before, version], ...outcome }
  })
  return deliveries.filter(({ at }) => at >= since).reverse()
}

/** Within this time after a change of the weights, all Envoys have it and Prometheus has counted requests with it. */
const settling = minute / 4
/** Prometheus sees a change so late, so that the requests before may already have the next weights. */
const delayed = minute / 6

/** The moments of a delivery; a change of the weights says what share of the requests the canary then got, if it lasted. */
export function withShares({ moments, shares, step }: Pick<Period, 'moments' | 'shares' | 'step'>): Moment[] {
  const canary = shares.find(({ name }) => name === 'canary')?.points ?? []
  return moments.map((moment, index) => {
    if (moment.kind !== 'weights' || step > settling) return moment
    const next = moments.slice(index + 1).find(({ kind }) => kind === 'weights')?.at ?? Number.POSITIVE_INFINITY
    const until = Math.min(next - delayed, moment.at + minute)
    const share = canary.findLast(([at]) => at >= moment.at + settling && at <= until)?.[1]
    const text = share === undefined ? '' : `: ${Math.round(100 * share)} % of the requests go to the canary`
    return { ...moment, text: `${moment.text}${text}` }
  })
}
