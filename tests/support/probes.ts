/** Pods that send requests as one of the services: with its ServiceAccount and label, with or without a sidecar. */
import { namespace } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'

/** A call that a probe makes. */
export interface Call {
  method: string
  url: string
}

/**
 * Makes all calls and prints for each whether it was allowed. An Envoy that rejects a call returns 403 with "RBAC:", returns 502
 * when it does not know the host, or closes the connection. For postgres: the script sends PostgreSQL's SSLRequest, and for tcp:
 * it only opens a connection.
 */
const script = `
const net = require('node:net')
const postgres = ({ hostname, port }) => new Promise((answer) => {
  const socket = net.connect(port, hostname, () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])))
  socket.setTimeout(3000, () => socket.destroy())
  socket.on('data', () => answer(true) && socket.destroy()).on('error', () => {}).on('close', () => answer(false))
})
const tcp = ({ hostname, port }) => new Promise((answer) => {
  const socket = net.connect(port, hostname, () => answer(true) && socket.destroy())
  socket.setTimeout(3000, () => socket.destroy())
  socket.on('error', () => {}).on('close', () => answer(false))
})
const http = async (method, url) => {
  const headers = method === 'POST' ? { 'content-type': 'application/json' } : {}
  const response = await fetch(url, { method, headers, body: method === 'POST' ? '{}' : undefined, signal: AbortSignal.timeout(3000) })
  const text = await response.text()
  return response.status !== 502 && !text.startsWith('RBAC:')
}
const one = ({ method, url }) => {
  if (url.startsWith('postgres:')) return postgres(new URL(url))
  return url.startsWith('tcp:') ? tcp(new URL(url)) : http(method, url).catch(() => false)
}
Promise.all(JSON.parse(process.argv[1]).map(one)).then((answers) => { console.log(JSON.stringify(answers)); process.exit() })
`

function pod(name: string, serviceAccountName: string, hasSidecar: boolean) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        app: serviceAccountName,
        'app.kubernetes.io/name': serviceAccountName,
        probe: 'true',
        'sidecar.istio.io/inject': String(hasSidecar),
      },
    },
    spec: {
      // NetworkPolicies and Services select the pod by its labels: because it is never ready, no Service sends it requests.
      readinessGates: [{ conditionType: 'cloud-native-canary/never' }],
      serviceAccountName,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image: 'localhost/authors:1.0.0',
          imagePullPolicy: 'IfNotPresent',
          args: ['-e', 'setInterval(() => {}, 60000)'],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  }
}

const openNetwork = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'probes' },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { probe: 'true' } } }] }],
    egress: [{}],
  },
}

/** Lets probes connect to everything, so that only the mesh rejects their calls. */
export async function openNetworkToProbes(): Promise<void> {
  await kubectl(['apply', '--filename=-'], { input: JSON.stringify(openNetwork) })
}

export async function closeNetworkToProbes(): Promise<void> {
  await kubectl(['delete', 'networkpolicy', openNetwork.metadata.name, '--ignore-not-found'])
}

export class Probe {
  readonly #name: string
  readonly #namespace: string

  private constructor(name: string, namespace: string) {
    this.#name = name
    this.#namespace = `--namespace=${namespace}`
  }

  /** Starts a pod with that identity, and waits until its containers, including the sidecar, are ready. */
  static async start(serviceAccount: string, { hasSidecar = true, in: place = namespace } = {}): Promise<Probe> {
    const name = `probe-${serviceAccount}${hasSidecar ? '' : '-plaintext'}`
    const probe = new Probe(name, place)
    const input = JSON.stringify(pod(name, serviceAccount, hasSidecar))
    await kubectl(['apply', '--filename=-', probe.#namespace], { input })
    await kubectl(['wait', 'pod', name, '--for=condition=ContainersReady', '--timeout=60s', probe.#namespace])
    return probe
  }

  /** Makes the calls. @returns for each whether it was allowed */
  async let(calls: Call[]): Promise<boolean[]> {
    return JSON.parse(await this.#node(script, JSON.stringify(calls))) as boolean[]
  }

  /** Body of the URL's response. */
  async get(url: string): Promise<string> {
    const print = 'fetch(process.argv[1]).then((answer) => answer.text()).then(console.log)'
    return this.#node(print, url)
  }

  /** IP address of the pod. */
  address(): Promise<string> {
    return kubectl(['get', 'pod', this.#name, '--output=jsonpath={.status.podIP}', this.#namespace])
  }

  async stop(...how: string[]): Promise<void> {
    await kubectl(['delete', 'pod', this.#name, '--ignore-not-found', this.#namespace, ...how])
  }

  #node(code: string, argument: string): Promise<string> {
    return kubectl([
      'exec',
      this.#name,
      this.#namespace,
      '--container=probe',
      '--',
      '/nodejs/bin/node',
      '-e',
      code,
      argument,
    ])
  }
}
