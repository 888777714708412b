/** The benchmark's namespace in the cluster, and the features of the mesh that its gateway and its server have. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubernetes } from '../../cli/kubernetes.ts'
import { rememberedChoices } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'

export const benchNamespace = 'bench-mesh'
const inNamespace = `--namespace=${benchNamespace}`

export type Feature = 'policies' | 'metrics' | 'tracing' | 'access log'

export async function deleteNamespace(): Promise<void> {
  await kubectl(['delete', 'namespace', benchNamespace, '--ignore-not-found', '--timeout=120s'])
}

/** The image of the cluster's gateway, which every Envoy of the mesh has. */
function envoyImage(): Promise<string> {
  const path = '--output=jsonpath={.spec.template.spec.containers[0].image}'
  return kubectl(['get', 'deployment', 'istio-ingressgateway', '--namespace=istio-system', path])
}

const files = ['namespace', 'services', 'routes', 'telemetry', 'pods']

const pathOf = (file: string) => join(import.meta.dirname, `${file}.yaml`)
const read = (file: string) => readFile(pathOf(file), 'utf8')

const configMap = (name: string, data: Record<string, string>) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })

/**
 * Creates the objects, and waits until the pods are ready.
 * @param loadGenerator the program of the clients
 */
export async function createNamespace(loadGenerator: string): Promise<void> {
  const [namespace = '', ...others] = await Promise.all(files.map((file) => read(file)))
  const configMaps = [
    configMap('load', { 'load.cjs': loadGenerator }),
    configMap('floor', { 'envoy.yaml': await read('envoy') }),
  ]
  const objects = [namespace, ...configMaps, ...others].join('\n---\n')
  const input = objects.replaceAll('image: proxyv2', `image: ${await envoyImage()}`)
  // Server-side, because kubectl's own annotation of the last apply would be too long.
  await kubectl(['apply', '--server-side', '--filename=-', inNamespace], { input })
  await kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=120s', inNamespace])
}

/** Text in the configuration of an Envoy that has the feature, by pod. */
const traces: Record<Feature, Record<string, RegExp>> = {
  policies: { gateway: /envoy\.filters\.http\.jwt_authn/, 'server-sidecar': /\.rbac\.v3\.RBAC/ },
  metrics: { gateway: /envoy\.access_loggers\.stats|istio\.stats/ },
  tracing: { gateway: /envoy\.tracers\.zipkin/, 'server-sidecar': /envoy\.tracers\.zipkin/ },
  'access log': { gateway: /envoy\.access_loggers\.file/, 'server-sidecar': /envoy\.access_loggers\.file/ },
}

/** The listeners in use, as JSON, without those that drain. */
async function listenersOf(pod: string): Promise<string> {
  const request = ['pilot-agent', 'request', 'GET', 'config_dump?resource=dynamic_listeners']
  const dump = await kubectl(['exec', pod, '--container=istio-proxy', inNamespace, '--', ...request])
  const { configs } = JSON.parse(dump) as { configs: { active_state?: object }[] }
  return JSON.stringify(configs.map(({ active_state }) => active_state))
}

/** Those features of which an Envoy's configuration differs from what it should be. */
async function notInEffect(wanted: Feature[]): Promise<string[]> {
  const listeners: Record<string, string> = {
    gateway: await listenersOf('gateway'),
    'server-sidecar': await listenersOf('server-sidecar'),
  }
  return Object.entries(traces).flatMap(([feature, inPods]) =>
    Object.entries(inPods)
      .filter(([pod, trace]) => trace.test(listeners[pod] ?? '') !== wanted.includes(feature as Feature))
      .map(([pod]) => `${feature} of ${pod}`),
  )
}

/** Gives the gateway and the server exactly these features, and waits until their Envoys have them. */
export async function useFeatures(wanted: Feature[]): Promise<void> {
  const has = (feature: Feature) => wanted.includes(feature)
  const labels = {
    istio: has('policies') ? 'ingressgateway' : benchNamespace,
    metrics: has('metrics') ? 'on' : 'off',
  }
  await kubernetes.patch(`/api/v1/namespaces/${benchNamespace}/pods/gateway`, { metadata: { labels } })
  const change = has('policies') ? ['apply'] : ['delete', '--ignore-not-found']
  await kubectl([...change, `--filename=${pathOf('policies')}`, inNamespace])

  const changes = [
    { op: 'replace', path: '/spec/tracing/0/disableSpanReporting', value: !has('tracing') },
    { op: 'replace', path: '/spec/accessLogging/0/disabled', value: !has('access log') },
    // Built images lack the filter: the label of the pods switches their metrics.
    ...(rememberedChoices()?.images === 'pulled'
      ? [{ op: 'replace', path: '/spec/metrics/0/overrides/0/disabled', value: !has('metrics') }]
      : []),
  ]
  await kubectl(['patch', 'telemetry', 'features', '--type=json', `--patch=${JSON.stringify(changes)}`, inNamespace])
  let left: string[] = []
  const inEffect = async () => {
    left = await notInEffect(wanted)
    return left.length === 0
  }
  await until('the Envoys to have the features', inEffect, { seconds: 60, why: () => left.join(', ') })
}
