/**
 * `npm run test:chaos`: causes one disruption after another under open load of reads and creates. Prints a table; fails when
 * a request was lost, or an article is missing or duplicated.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. Takes about 30 minutes.
 */
import { fail, UserError } from '../cli/errors.ts'
import { reasons } from '../cli/health.ts'
import { isLoaded } from '../cli/images/app-images.ts'
import { clusterImages } from '../cli/images/source.ts'
import { failureText } from '../cli/load/picture.ts'
import { namespace } from '../cli/settings.ts'
import { kubectl, tool } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { type Created, deleteCreated, missingOrTwice, rejectionText, startCreates } from './support/creates.ts'
import { Clone } from './support/gitops.ts'
import { podsOf, podsOfRole, signal } from './support/pods.ts'
import { argoRollouts, finishRollout, rolloutIs, weightsAre } from './support/rollouts.ts'
import { minutesSince } from './support/time.ts'
import { binomialInterval, reportOf, startLoad } from './support/traffic.ts'

/** Requests per second, of which a tenth create articles. */
const rate = Number(process.env.LOAD_RATE ?? 300)
const secondsBefore = 10
const secondsDuring = 60

/** Creates on which one process works at the same time. */
const atWork = 2

interface ChaosEvent {
  name: string
  /** Whether version 2.0.0 has 20 % when the event begins. */
  midCanary?: boolean
  /** So many creates may fail: the mesh does not repeat a create that a process has received, and returns the error to the client. */
  mostRejected?: number
  /** Resolves when the system is stable again. */
  happen: (clone: Clone) => Promise<unknown>
}

/** Evicts a pod as a drain does; retries while the PodDisruptionBudget does not allow it. */
async function evict(name: string): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } }
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`
  const evicted = () =>
    tool('kubectl', ['create', `--raw=${path}`, '--filename=-'], { input: JSON.stringify(eviction) }).then(
      () => true,
      () => false,
    )
  await until(`the eviction of ${name}`, evicted, { seconds: 60, why: reasons, intervalMs: 500 })
}

async function restart(workload: string, of: string): Promise<void> {
  await kubectl(['rollout', 'restart', workload, `--namespace=${of}`])
  await kubectl(['rollout', 'status', workload, `--namespace=${of}`, '--timeout=90s'])
}

async function restartRollout(): Promise<void> {
  const before = await podsOf('app=web-api')
  await argoRollouts('restart')
  const isNew = async () => (await podsOf('app=web-api')).every((name) => !before.includes(name))
  await until('new pods of web-api', isNew, { seconds: 90, why: reasons })
}

async function scale(clone: Clone, from: number, to: number): Promise<void> {
  await clone.edit('components/canary/rollout.yaml', `replicas: ${from}`, `replicas: ${to}`)
  await clone.push(`web-api: ${to} replicas`)
  const replicas = ['get', 'rollout', 'web-api', '--output=jsonpath={.status.availableReplicas}']
  await until(`${to} replicas`, async () => (await kubectl(replicas)) === String(to), { seconds: 90, why: reasons })
}

/** The ways in which a pod can terminate during a canary. */
function inMidCanary(role: 'stable' | 'canary'): ChaosEvent[] {
  const ways = {
    deletion: (pod: string) => kubectl(['delete', 'pod', pod]),
    eviction: evict,
    'kill -9': (pod: string) => signal(pod, 'SIGKILL'),
  }
  return Object.entries(ways).map(([way, leave]) => ({
    name: `${way} of a pod of ${role} in mid-canary`,
    midCanary: true,
    mostRejected: way === 'kill -9' ? atWork : 0,
    happen: async () => {
      const [pod = ''] = await podsOfRole(role)
      await leave(pod)
      await rolloutIs('Paused')
    },
  }))
}

const events: ChaosEvent[] = [
  {
    name: 'promote',
    midCanary: true,
    happen: async () => {
      await argoRollouts('promote')
      await rolloutIs('Healthy')
    },
  },
  {
    name: 'abort',
    midCanary: true,
    happen: async () => {
      await argoRollouts('abort')
      await weightsAre({ stable: 100, canary: 0 })
    },
  },
  {
    name: 'a second release in mid-canary',
    midCanary: true,
    happen: async (clone) => {
      await clone.release('2.1.0')
      await clone.synced()
      await rolloutIs('Paused')
    },
  },
  { name: 'restart of the rollout', happen: restartRollout },
  {
    name: 'scaled to 4 and back',
    happen: async (clone) => {
      await scale(clone, 2, 4)
      await scale(clone, 4, 2)
    },
  },
  {
    name: 'eviction of every pod of web-api',
    happen: async () => {
      for (const pod of await podsOf('app=web-api')) await evict(pod)
      await rolloutIs('Healthy')
    },
  },
  {
    name: 'kill -9 of a process of web-api',
    mostRejected: atWork,
    happen: async () => {
      const [pod = ''] = await podsOf('app=web-api')
      await signal(pod, 'SIGKILL')
      await rolloutIs('Healthy')
    },
  },
  ...(['stable', 'canary'] as const).flatMap((role) => inMidCanary(role)),
  { name: 'restart of istiod', midCanary: true, happen: () => restart('deployment/istiod', 'istio-system') },
  {
    name: 'restart of the gateway',
    midCanary: true,
    happen: () => restart('deployment/istio-ingressgateway', 'istio-system'),
  },
  {
    name: 'restart of Argo CD',
    midCanary: true,
    happen: () => restart('statefulset/argocd-application-controller', 'argocd'),
  },
  {
    name: 'restart of Argo Rollouts',
    midCanary: true,
    happen: () => restart('deployment/argo-rollouts', 'argo-rollouts'),
  },
]

interface Row {
  event: string
  reads: number
  failed: number
  'p50 before, during (ms)': string
  'p99 before, during (ms)': string
  creates: number
  "canary's before": number
  rejected: number
  'missing or twice': number
  wrong: string
}

/** Sends reads and creates, 9 to 1, for that many seconds, or until the event has ended if that is later. */
async function underLoad(seconds: number, happen: () => Promise<unknown>) {
  const load = startLoad(rate * 0.9, seconds)
  const creates = startCreates(rate * 0.1)
  const [happened] = await Promise.allSettled([happen(), load.ended])
  const created = await creates.stop()
  if (happened.status === 'rejected') throw happened.reason
  return { report: reportOf(await load.ended), created }
}

const canarysOf = (created: Created[]) => created.filter(({ version }) => version === '2.0.0').length

/** The failures that a user would notice. */
function wrongs(row: Row, { mostRejected = 0, midCanary }: ChaosEvent, before: Created[]): string[] {
  const [least, most] = binomialInterval(before.length, midCanary ? 0.2 : 0)
  const share = row["canary's before"]
  return [
    row.failed > 0 && 'reads failed',
    row.rejected > mostRejected && `${row.rejected} creates were rejected`,
    row['missing or twice'] > 0 && 'articles are missing or duplicated',
    (share < least || share > most) && `the canary got ${share} of ${before.length} creates`,
  ].filter((wrong) => wrong !== false)
}

async function observe(event: ChaosEvent, clone: Clone): Promise<Row> {
  await rolloutIs('Healthy')
  if (event.midCanary) {
    await clone.release('2.0.0')
    await rolloutIs('Paused')
  }
  const before = await underLoad(secondsBefore, async () => {})
  const during = await underLoad(secondsDuring, () => event.happen(clone))
  for (const text of [failureText(during.report), rejectionText(during.created)]) if (text) console.log(`  ${text}`)
  const latencies = (which: 'p50' | 'p99') =>
    [before, during].map(({ report }) => report.latencyMs[which].toFixed(1)).join(', ')
  const created = [...before.created, ...during.created]
  const row: Row = {
    event: event.name,
    reads: during.report.requests,
    failed: before.report.failed + during.report.failed,
    'p50 before, during (ms)': latencies('p50'),
    'p99 before, during (ms)': latencies('p99'),
    creates: created.length,
    "canary's before": canarysOf(before.created),
    rejected: created.filter(({ status }) => status !== 201).length,
    'missing or twice': (await missingOrTwice(created)).length,
    wrong: '',
  }
  return { ...row, wrong: wrongs(row, event, before.created).join(', ') }
}

async function chaos(only: string | undefined): Promise<void> {
  const start = performance.now()
  const chosen = events.filter(({ name }) => !only || name.includes(only))
  if (chosen.length === 0)
    throw new UserError(`there is no event ${only}: choose one of ${events.map(({ name }) => name).join(', ')}`)
  if (!(await isLoaded('web-api', '2.1.0')))
    await (await clusterImages()).buildAndLoad({ component: 'web-api', version: '2.1.0', buildArgs: {} })
  const rows: Row[] = []
  for (const event of chosen) {
    console.log(`▸ ${event.name}`)
    const clone = await Clone.make()
    try {
      const row = await observe(event, clone)
      rows.push(row)
      console.log(`  ${row.reads} reads, ${row.failed} failed; ${row.creates} creates, ${row.rejected} rejected`)
    } finally {
      await clone.restore()
      await finishRollout()
      await deleteCreated()
    }
  }
  console.table(rows)
  console.log(`${rows.length} events in ${minutesSince(start)}`)
  const bad = rows.filter(({ wrong }) => wrong)
  if (bad.length > 0) throw new UserError(bad.map(({ event, wrong }) => `${event}: ${wrong}`).join('; '))
}

await chaos(process.argv[2]).catch(fail)
