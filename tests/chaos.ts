/**
 * `npm run test:chaos`: what happens to a platform on a bad day, one event after another, under open load and with
 * articles being created. Prints a table; fails when a request was lost, or an article is missing or there twice.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. About 30 minutes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fail, UserError } from '../cli/errors.ts'
import { reasons } from '../cli/health.ts'
import { isLoaded } from '../cli/images/app-images.ts'
import { clusterImages } from '../cli/images/source.ts'
import { failureText } from '../cli/load/picture.ts'
import { namespace } from '../cli/settings.ts'
import { kubectl, tool } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { removeArticles } from './support/articles.ts'
import { Clone } from './support/gitops.ts'
import { podsOf, podsOfRole, signal } from './support/pods.ts'
import { Probe } from './support/probes.ts'
import { argoRollouts, finishRollout, rolloutIs, weightsAre } from './support/rollouts.ts'
import { createArticle, reportOf, startLoad } from './support/traffic.ts'

/** Requests per second. */
const rate = Number(process.env.LOAD_RATE ?? 300)
const secondsBefore = 10
const secondsDuring = 60
const articlesUrl = 'https://example.com/chaos'

interface ChaosEvent {
  name: string
  /** In mid-canary: version 2.0.0 has 20 % when it happens. */
  midCanary?: boolean
  /** Ends when the system has come to rest again. */
  happen: (clone: Clone) => Promise<unknown>
}

/** Asks for the pod to leave as a drain does: rejected while the PodDisruptionBudget has no room. */
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
  await clone.edit('overlays/canary/rollout.yaml', `replicas: ${from}`, `replicas: ${to}`)
  await clone.push(`web-api: ${to} replicas`)
  const replicas = ['get', 'rollout', 'web-api', '--output=jsonpath={.status.availableReplicas}']
  await until(`${to} replicas`, async () => (await kubectl(replicas)) === String(to), { seconds: 90, why: reasons })
}

/** A pod that leaves in mid-canary, in each way. */
function inMidCanary(role: 'stable' | 'canary'): ChaosEvent[] {
  const ways = {
    deletion: (pod: string) => kubectl(['delete', 'pod', pod]),
    eviction: evict,
    'kill -9': (pod: string) => signal(pod, 'SIGKILL'),
  }
  return Object.entries(ways).map(([way, leave]) => ({
    name: `${way} of a pod of ${role} in mid-canary`,
    midCanary: true,
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

/** Creates an article every second until `stop` is called, which returns the status of each title. */
function createArticles(event: string): { stop: () => Promise<Map<string, number>> } {
  const answers = new Map<string, number>()
  let running = true
  const loop = async () => {
    for (let count = 1; running; count++) {
      const title = `${event}, ${Date.now()}-${count}`
      answers.set(title, await createArticle(title, articlesUrl).catch(() => 0))
      await delay(1000)
    }
  }
  const ended = loop()
  return {
    stop: async () => {
      running = false
      await ended
      return answers
    },
  }
}

/** Titles of the newest 100 articles, from the service that keeps them. */
async function newestTitles(): Promise<string[]> {
  const probe = await Probe.start('web-api')
  try {
    const text = await probe.get('http://articles:8080/articles/v1/getmultiple?amount=100')
    return (JSON.parse(text) as { title: string }[]).map(({ title }) => title)
  } finally {
    await probe.stop()
  }
}

interface Row {
  event: string
  requests: number
  failed: number
  'p50 before, during (ms)': string
  'p99 before, during (ms)': string
  'articles created': number
  rejected: number
  'missing or twice': number
}

async function observe({ name, midCanary, happen }: ChaosEvent, clone: Clone): Promise<Row> {
  await rolloutIs('Healthy')
  if (midCanary) {
    await clone.release('2.0.0')
    await rolloutIs('Paused')
  }
  const before = reportOf(await startLoad(rate, secondsBefore).ended)
  const load = startLoad(rate, secondsDuring)
  const articles = createArticles(name)
  await happen(clone)
  const during = reportOf(await load.ended)
  const answers = await articles.stop()
  const titles = await newestTitles()
  const times = (title: string) => titles.filter((other) => other === title).length
  const wrong = [...answers].filter(([title, status]) => (status === 201 ? times(title) !== 1 : times(title) > 1))
  if (during.failed > 0) console.log(`  ${name}: ${failureText(during)}`)
  const latencies = (which: 'p50' | 'p99') =>
    [before, during].map(({ latencyMs }) => latencyMs[which].toFixed(1)).join(', ')
  return {
    event: name,
    requests: during.requests,
    failed: before.failed + during.failed,
    'p50 before, during (ms)': latencies('p50'),
    'p99 before, during (ms)': latencies('p99'),
    'articles created': [...answers.values()].filter((status) => status === 201).length,
    rejected: [...answers.values()].filter((status) => status !== 201).length,
    'missing or twice': wrong.length,
  }
}

async function chaos(only: string | undefined): Promise<void> {
  const chosen = events.filter(({ name }) => !only || name.includes(only))
  if (chosen.length === 0)
    throw new UserError(`no event is called ${only}; there are: ${events.map(({ name }) => name).join(', ')}`)
  if (!(await isLoaded('web-api', '2.1.0')))
    await (await clusterImages()).buildAndLoad({ component: 'web-api', version: '2.1.0', buildArgs: {} })
  const rows: Row[] = []
  for (const event of chosen) {
    console.log(`▸ ${event.name}`)
    const clone = await Clone.make()
    try {
      const row = await observe(event, clone)
      rows.push(row)
      console.log(`  ${row.requests} requests, ${row.failed} failed`)
    } finally {
      await clone.restore()
      await finishRollout()
    }
  }
  await removeArticles(articlesUrl)
  console.table(rows)
  const bad = rows.filter((row) => row.failed > 0 || row['missing or twice'] > 0)
  if (bad.length > 0) throw new UserError(`something was lost: ${bad.map(({ event }) => event).join(', ')}`)
}

await chaos(process.argv[2]).catch(fail)
