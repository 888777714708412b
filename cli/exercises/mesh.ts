/** Goals of the exercises about what the mesh does with the calls between the services: faults, policies, traces. */
import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import { request } from 'undici'
import { storedRollout } from '../health.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import { clusterFolder, namespace, ports } from '../settings.ts'
import { tool } from '../tools.ts'
import { release, subjectsSince, textsOf } from './facts.ts'
import { type Goal, missing, notYet, push, right } from './goals.ts'

const services = ['articles', 'authors'] as const
type Service = (typeof services)[number]

export const faultFiles = (service: Service) => ({
  part: `${clusterFolder}/${service}/kustomization.yaml`,
  fault: `components/faults/${service}/fault.yaml`,
})

interface List {
  status: number
  isStale: boolean
  hasAuthors: boolean
}

/** The list of articles, past the cache of web-api. */
async function list(): Promise<List> {
  const url = `http://127.0.0.1:${ports().web}/web-api/v1/getmultiple`
  const { statusCode, headers, body } = await request(url, { headers: { 'cache-control': 'no-cache' } })
  const text = await body.text()
  const hasAuthors =
    statusCode === 200 && (JSON.parse(text) as { authorTwitter: string }[]).some((one) => one.authorTwitter)
  return { status: statusCode, isStale: headers['x-stale'] === 'true', hasAuthors }
}

/** Whether the remote's main makes the mesh inject a fault into calls to the service. */
async function hasFault(service: Service): Promise<boolean> {
  const { remote = '' } = await textsOf(faultFiles(service).part)
  return new RegExp(`^ *- \\S*components/faults/${service}\\b`, 'm').test(remote)
}

/** The percentage of the last `npm run fault` of that service since then. */
async function faultSince(service: Service, since: string): Promise<number | undefined> {
  const pattern = new RegExp(`^Fault: ${service}, (\\d+) % of calls`)
  const percents = (await subjectsSince(since)).flatMap((subject) => pattern.exec(subject)?.[1] ?? [])
  return percents.length > 0 ? Math.max(...percents.map(Number)) : undefined
}

/** A goal that every call to a service failed, and that web-api had a fallback. */
const fallback = (service: Service, isFallback: (found: List) => boolean, why: string): Goal => ({
  event: service,
  check: async (since) => {
    const [found, isOn, percent] = [await list(), await hasFault(service), await faultSince(service, since)]
    if (isOn && isFallback(found)) return right(`While ${service} failed, ${why}`)
    if (!isOn && percent === 100) return right(`While ${service} failed, ${why}`)
    const command = `npm run fault -- ${service} 100`
    if (percent !== undefined && percent < 100)
      return missing(
        `Only ${percent} % of the calls to ${service} failed, so that retries and caches hide it: ${command}`,
      )
    const { part } = faultFiles(service)
    if (!isOn) return notYet({ files: [part], parts: [service] }, `No call to ${service} has failed yet: ${command}`)
    return notYet({ files: [part], parts: [service] }, `The list is still whole: run this again in a moment.`)
  },
})

export const authorsFailed = fallback(
  'authors',
  ({ status, hasAuthors }) => status === 200 && !hasAuthors,
  'web-api returned status 200 and the articles without their authors.',
)

export const articlesFailed = fallback(
  'articles',
  ({ status, isStale }) => status === 200 && isStale,
  'web-api returned status 200 and the last list that it had read, with the header x-stale.',
)

export const noFault: Goal = {
  check: async () => {
    for (const service of services)
      if (await hasFault(service)) return missing(`Calls to ${service} still fail or wait: npm run fault -- clear`)
    const { status, isStale, hasAuthors } = await list()
    if (status === 200 && !isStale && hasAuthors) return right('The faults are cleared, and the list is whole again.')
    return notYet(
      { files: services.map((service) => faultFiles(service).part), parts: [...services] },
      'The list is not whole yet: run this again in a moment.',
    )
  },
}

export const policyFile = 'base/authors/authorization-policy.yaml'

interface Rule {
  from?: { source?: { principals?: string[] } }[]
  to?: { operation?: { paths?: string[] } }[]
}

const pathsOf = ({ to = [] }: Rule) => to.flatMap(({ operation }) => operation?.paths ?? [])
const principalsOf = ({ from = [] }: Rule) => from.flatMap(({ source }) => source?.principals ?? [])
const webApi = `cluster.local/ns/${namespace}/sa/web-api`

/** What the rules say about /openapi, in a sentence; undefined when exactly web-api may read it. */
export function mistakeInRules(rules: Rule[]): string | undefined {
  const place = `in ${policyFile}, commit, and run: ${push}`
  if (rules.some((rule) => pathsOf(rule).some((path) => path.includes('*')) || (rule.from && !rule.to)))
    return `A rule allows more paths than its caller needs: name /openapi and nothing else ${place}`
  const allowing = rules.filter((rule) => pathsOf(rule).includes('/openapi'))
  if (allowing.length === 0)
    return `AuthorizationPolicy/authors allows nobody to read /openapi: add it to the paths of the rule for web-api ${place}`
  if (allowing.some(({ from }) => !from))
    return `A rule without from allows every caller to read /openapi: add it to the paths of the rule for web-api instead, ${place}`
  const others = allowing.flatMap(principalsOf).filter((principal) => principal !== webApi)
  if (others.length > 0)
    return `AuthorizationPolicy/authors allows ${others.join(' and ')} to read /openapi: allow web-api only ${place}`
  return undefined
}

const authorsOrigin = { files: [policyFile], parts: ['authors'] }

export const webApiMayRead: Goal = {
  check: async () => {
    const path = `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies/authors`
    const { spec } = await kubernetes.get<{ spec: { rules?: Rule[] } }>(path)
    const mistake = mistakeInRules(spec.rules ?? [])
    if (mistake) return notYet(authorsOrigin, mistake)
    return right('The policy names web-api, by the identity in its certificate, the method GET and the path /openapi.')
  },
}

/** Status of a call from a pod of web-api, through its sidecar. */
async function statusFromWebApi(url: string): Promise<string> {
  const script = `fetch('${url}').then((response) => console.log(response.status))`
  const command = ['exec', 'service/web-api', '--container=web-api', '--', '/nodejs/bin/node', '-e', script]
  const { stdout } = await tool('kubectl', command, { reject: false })
  return String(stdout).trim()
}

export const webApiReads: Goal = {
  check: async () => {
    const base = 'http://authors:3000'
    const [document, metrics] = [await statusFromWebApi(`${base}/openapi`), await statusFromWebApi(`${base}/metrics`)]
    if (document === '200' && metrics === '403')
      return right('In a pod of web-api, authors returns 200 for /openapi, and still 403 for /metrics.')
    return notYet(
      authorsOrigin,
      `In a pod of web-api, authors returns ${document} for /openapi and ${metrics} for /metrics; expected are 200 and 403.`,
    )
  },
}

export const logFiles = {
  articles: 'base/articles/deployment.yaml',
  authors: 'base/authors/deployment.yaml',
  'web-api': 'base/web-api/workload/deployment.yaml',
}
const logging = Object.keys(logFiles) as (keyof typeof logFiles)[]

/** Whether a workload's pods log every request. */
const logsAll = (workload: Deployment | IRollout | undefined) =>
  workload?.spec?.template?.spec?.containers.some(({ env }) =>
    env?.some(({ name, value }) => name === 'LOG_LEVEL' && (value === 'debug' || value === 'trace')),
  )

export const servicesLog: Goal = {
  check: async () => {
    const deployments = await kubernetes.list<Deployment>(`${folders.apps}/deployments`)
    const workloads: [keyof typeof logFiles, Deployment | IRollout | undefined][] = [
      ...(['articles', 'authors'] as const).map((name): [keyof typeof logFiles, Deployment | undefined] => [
        name,
        deployments.find(({ metadata }) => metadata.name === name),
      ]),
      ['web-api', await storedRollout()],
    ]
    const origin = { files: Object.values(logFiles), parts: [...logging] }
    const lacking = workloads.flatMap(([name, workload]) => (logsAll(workload) ? [] : [name]))
    if (lacking.length > 0) {
      const where = lacking.map((name) => logFiles[name]).join(', ')
      return notYet(
        origin,
        `Not every request is in the logs of ${lacking.join(', ')}: set LOG_LEVEL to debug in ${where}, commit, and run: ${push}`,
      )
    }
    const found = await release()
    if (found?.phase === 'Paused')
      return missing('The pods of web-api with the new setting wait as a canary: kubectl argo rollouts promote web-api')
    if (found?.phase !== 'Healthy') return notYet(origin, 'web-api is not Healthy yet: run this again in a moment.')
    return right('All three services log every request, with its trace id and its duration.')
  },
}

/** Milliseconds of a trace's slowest request in each service. */
export type Trace = Partial<Record<keyof typeof logFiles, number>>

/** The traces in the lines of the services' logs, by id. */
export function tracesIn(lines: [service: keyof typeof logFiles, line: string][]): Map<string, Trace> {
  const traces = new Map<string, Trace>()
  for (const [service, line] of lines) {
    if (!line.startsWith('{')) continue
    const { traceId, ms = 0 } = JSON.parse(line) as { traceId?: string; ms?: number }
    if (!traceId) continue
    const trace = traces.get(traceId) ?? {}
    traces.set(traceId, { ...trace, [service]: Math.max(trace[service] ?? 0, ms) })
  }
  return traces
}

async function tracesSince(since: string): Promise<Map<string, Trace>> {
  const logsOf = async (service: keyof typeof logFiles) => {
    const command = [
      'logs',
      `--selector=app=${service}`,
      `--container=${service}`,
      '--tail=5000',
      `--since-time=${since}`,
    ]
    const { stdout } = await tool('kubectl', command, { reject: false })
    return String(stdout)
      .split('\n')
      .map((line): [keyof typeof logFiles, string] => [service, line])
  }
  return tracesIn((await Promise.all(logging.map(logsOf))).flat())
}

const traceText = ([id, trace]: [string, Trace]) =>
  `In trace ${id} web-api needed ${trace['web-api']} ms, articles ${trace.articles} ms and authors ${trace.authors} ms`

/** A goal that the logs have a trace through all three services. */
const traceThat = (event: string, fits: (trace: Required<Trace>) => boolean, why: string, otherwise: string): Goal => ({
  event,
  check: async (since) => {
    const traces = [...(await tracesSince(since))]
    const whole = traces.filter((found): found is [string, Required<Trace>] =>
      logging.every((name) => name in found[1]),
    )
    const fitting = whole.filter(([, trace]) => fits(trace)).at(-1)
    if (fitting) return right(`${traceText(fitting)}: ${why}`)
    const last = whole.at(-1) ?? traces.at(-1)
    return missing(whole.length > 0 ? `${otherwise} (${traceText(whole.at(-1) as [string, Trace])}.)` : noWhole(last))
  },
})

function noWhole(last: [string, Trace] | undefined): string {
  if (!last) return 'The logs have no trace: send a request with a header traceparent.'
  const lacking = logging.filter((name) => !(name in last[1]))
  return `Trace ${last[0]} did not reach ${lacking.join(' and ')}: web-api keeps lists and authors for a second; wait, and send it again with the header cache-control: no-cache.`
}

export const traceRead = traceThat(
  'trace',
  () => true,
  'each service copied traceparent to its own calls, so that their logs have the same id.',
  '',
)

export const delayRead = traceThat(
  'delay',
  (trace) => trace['web-api'] >= 500 && Math.max(trace.articles, trace.authors) < trace['web-api'] / 2,
  'neither of the two was slow, so that the time passed between them, where the mesh delayed the calls.',
  'No trace shows a delay yet: run npm run fault -- authors delay 500ms, wait for the sync, and send a request as before.',
)
