/** Installs the parts that Argo CD does not sync: Istio, Argo CD, Argo Rollouts and the Secrets. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Secret } from 'kubernetes-types/core/v1.d.ts'
import { parseAllDocuments } from 'yaml'
import { filesOf } from './files.ts'
import { reasons } from './health.ts'
import type { Images } from './images/source.ts'
import type { KubernetesObject } from './judge/objects.ts'
import { folders, kubernetes } from './kubernetes.ts'
import { runOnNode } from './minikube/minikube.ts'
import type { GeneratedSecrets } from './secrets.ts'
import { bootstrapFolder, clusterFolder, namespace, paths, readEnvironment, root } from './settings.ts'
import { applyKustomization, kubectl, tool } from './tools.ts'
import { until } from './wait.ts'

/** The private key with which `npm run token` signs; the cluster has only the public key. */
export const jwtPrivateKey = join(paths.run, 'jwt-private.pem')

/** The issuer in the environment of web-api, in base/ and overlays/. */
export const jwtIssuer = 'cloud-native-canary'

const namespaces = ['istio-system', 'argo-rollouts', 'argocd', 'git']
const installedFile = join(paths.run, 'installed.json')

/** Parts with one kustomization each, which refers to upstream's manifests by version. */
const parts = ['argo-cd', 'argo-rollouts', 'git']

/** The folders on the node of the volumes in clusters/minikube/storage.yaml. */
const volumes = ['articles-db', 'prometheus'].map((name) => `/var/lib/volumes/${name}`)

/** Files for `istioctl install`, relative to the clone; each overrides the ones before. */
export const istioFiles = (images: Images) => [
  'base/istio/istio.yaml',
  `${bootstrapFolder}/istio.yaml`,
  ...images.istioFiles,
]

/** A hash of all files that the installation uses. */
function installationKey(images: Images): string {
  const local = [...parts, 'calico'].map((part) => join(bootstrapFolder, part))
  const folders = [...local, ...images.istioParts, 'base/argo-cd']
  const files = folders.flatMap((folder) => filesOf(join(root, folder)))
  const hash = createHash('sha256')
  for (const file of [...files.sort(), ...istioFiles(images)]) hash.update(readFileSync(resolve(root, file)))
  return hash.digest('hex')
}

interface Workload {
  metadata: { name: string; namespace: string; generation: number }
  spec: { replicas?: number }
  status: {
    observedGeneration?: number
    readyReplicas?: number
    /** Only a DaemonSet has this and the next field. */
    desiredNumberScheduled?: number
    numberReady?: number
  }
}

async function workloads(): Promise<Workload[]> {
  const kinds = ['deployments', 'statefulsets', 'daemonsets']
  const found = await Promise.all(kinds.map((kind) => kubernetes.list<Workload>(`/apis/apps/v1/${kind}`)))
  return found.flat().filter(({ metadata }) => namespaces.includes(metadata.namespace))
}

function isReady({ metadata, spec, status }: Workload): boolean {
  if (status.observedGeneration !== metadata.generation) return false
  if (status.desiredNumberScheduled !== undefined) return status.numberReady === status.desiredNumberScheduled
  return (status.readyReplicas ?? 0) === (spec.replicas ?? 1)
}

/** The key of an installation, and the workloads that it created. */
interface Installation {
  key: string
  workloads: string[]
}

const workloadNames = async () => (await workloads()).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)

async function isInstalled(images: Images): Promise<boolean> {
  if (!existsSync(installedFile)) return false
  const { key, workloads } = JSON.parse(readFileSync(installedFile, 'utf8')) as Installation
  if (key !== installationKey(images)) return false
  const found = await workloadNames()
  return workloads.every((name) => found.includes(name))
}

/** Installs Istio, Argo CD and Argo Rollouts unless they are installed, and waits until they are ready. */
export async function installSystem(images: Images, report: (line: string) => void): Promise<void> {
  await runOnNode(['mkdir', '-p', ...volumes])
  if (!(await isInstalled(images))) {
    await images.completeNode(report)
    const files = istioFiles(images).flatMap((file) => ['--filename', join(root, file)])
    const istio = async () => {
      await tool('istioctl', ['install', '--skip-confirmation', '--readiness-timeout=10m', ...files])
      for (const part of images.istioParts) await applyKustomization(join(root, part))
    }
    await Promise.all([istio(), ...parts.map((part) => applyKustomization(join(root, bootstrapFolder, part)))])
    // Argo CD reads its parameters (argocd-cmd-params-cm) only when it starts.
    if (existsSync(installedFile)) await kubectl(['rollout', 'restart', 'deployment,statefulset', '--namespace=argocd'])
    const installation: Installation = { key: installationKey(images), workloads: await workloadNames() }
    await writeFile(installedFile, JSON.stringify(installation))
  }
  const allReady = async () => {
    const open = (await workloads()).filter((workload) => !isReady(workload))
    report(`waiting for ${open.map(({ metadata }) => metadata.name).join(', ')}`)
    return open.length === 0
  }
  // Pulling the images may take most of this time.
  await until('Istio, Argo CD and Argo Rollouts to be ready', allReady, { seconds: 600, why: reasons, intervalMs: 500 })
}

async function createSecret(name: string, data: Record<string, string>): Promise<void> {
  if (await kubernetes.has(`${folders.core}/secrets/${name}`)) return
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: data }
  await kubectl(['create', '--filename=-'], { input: JSON.stringify(secret) })
}

/** The public key of the pair in `.cluster/run`, which the first start generates. */
async function jwtPublicKey(): Promise<string> {
  if (!existsSync(jwtPrivateKey)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    await writeFile(jwtPrivateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  }
  return createPublicKey(readFileSync(jwtPrivateKey)).export({ type: 'spki', format: 'pem' }) as string
}

/**
 * Makes the gateway reject tokens that this cluster's key has not signed. Only the key is not in git: the policies there say
 * which calls need a token, and without this object the gateway rejects all of those calls.
 */
async function createRequestAuthentication(): Promise<void> {
  const path = '/apis/security.istio.io/v1/namespaces/istio-system/requestauthentications/cloud-native-canary'
  if (await kubernetes.has(path)) return
  const jwk = createPublicKey(await jwtPublicKey()).export({ format: 'jwk' })
  const rule = {
    issuer: jwtIssuer,
    jwks: JSON.stringify({ keys: [{ ...jwk, alg: 'EdDSA' }] }),
    forwardOriginalToken: true,
  }
  const requestAuthentication = {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'cloud-native-canary', namespace: 'istio-system' },
    spec: { selector: { matchLabels: { istio: 'ingressgateway' } }, jwtRules: [rule] },
  }
  await kubectl(['create', '--filename=-'], { input: JSON.stringify(requestAuthentication) })
}

/** Generates the services' Secrets, which are not in git, unless the cluster has them. */
export async function createSecrets(): Promise<void> {
  // Only once, because Argo CD manages the namespace from then on and would report another apply as a change by hand.
  if (!(await kubernetes.has(folders.core))) await applyKustomization(join(root, 'base/mesh/namespace'))
  const values: GeneratedSecrets = {
    'articles-db': { password: randomBytes(24).toString('base64url') },
    'web-api-jwt': { 'public.pem': await jwtPublicKey() },
  }
  for (const [name, data] of Object.entries(values)) await createSecret(name, data)
  await createRequestAuthentication()
}

/** Waits until istiod judges objects: after a start of the node the API server is ready earlier, and would reject every push. */
export async function istioJudges(): Promise<void> {
  const path = `${folders.istio}/sidecars/default`
  const sidecar = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'default', namespace },
    spec: {},
  }
  const judges = async () => !/failed calling webhook/.test((await kubernetes.dryRun(path, sidecar)).refusal ?? '')
  await until("istiod's webhook to respond", judges, { seconds: 180, why: reasons })
}

/** Kustomize patches that make every Application read another repository instead of the cluster's own remote. */
function repositoryPatches(url: string) {
  const patch = (kind: string, path: string, value: unknown) => ({
    target: { kind },
    patch: JSON.stringify([{ op: 'replace', path, value }]),
  })
  return [patch('Application', '/spec/source/repoURL', url), patch('AppProject', '/spec/sourceRepos', [url])]
}

/** What differs between repositories in the root Application and in its AppProject. */
interface RootSpec {
  source?: { repoURL: string; kustomize?: object }
  sourceRepos?: string[]
}

function readFrom(url: string, spec: RootSpec): void {
  if (spec.source) Object.assign(spec.source, { repoURL: url, kustomize: { patches: repositoryPatches(url) } })
  if (spec.sourceRepos) spec.sourceRepos = [url]
}

/**
 * Applies the root Application and its AppProject: from them Argo CD syncs everything else, and them, too. With REPO_URL Argo CD
 * reads another repository, although the root Application in there names the remote.
 */
export async function applyRoot(): Promise<void> {
  const { stdout } = await tool('kustomize', ['build', join(root, clusterFolder)])
  const repoUrl = readEnvironment().REPO_URL
  const objects = parseAllDocuments(String(stdout))
    .map((document) => document.toJS() as KubernetesObject)
    .filter(({ metadata }) => metadata.name === 'root')
  if (repoUrl) for (const { spec } of objects) readFrom(repoUrl, spec as RootSpec)
  // Not by kubectl, which removes the annotations with which Argo CD marks what it applied, so that Argo CD syncs root again.
  for (const object of objects) await kubernetes.apply(`${folders.argoCd}/${object.kind.toLowerCase()}s/root`, object)
}

/** Argo CD's generated administrator password. */
export async function argoCdPassword(): Promise<string> {
  const field = 'fieldSelector=metadata.name%3Dargocd-initial-admin-secret'
  const [secret] = await kubernetes.list<Secret>(`/api/v1/namespaces/argocd/secrets?${field}`)
  return Buffer.from(secret?.data?.password ?? '', 'base64').toString()
}
