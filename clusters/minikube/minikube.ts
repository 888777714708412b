/**
 * Every call of minikube that this repository makes, each after the page of minikube's documentation that it follows
 * (https://minikube.sigs.k8s.io/docs/commands/ has one for each). minikube.test.ts replays them.
 */
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { namespace, type Ports, paths, ports } from '../settings.ts'

/** Of minikube: the node's container, its network, and the context of the kubeconfig have this name. */
export const profile = 'cloud-native-canary'

export const kubernetesVersion = 'v1.36.1'

/**
 * What the node is to have. All of it idles at 2.7 GB and a canary doubles web-api; building an image takes 1 GB more for a
 * while, and what Minikube adds by itself another. Two processors are the least that kubeadm takes: the node may use all.
 */
export const size = { cpus: 2, memoryGb: 6 }

/** Of the node: base/istio, base/argo-cd, and minikube's own choice for the API server. */
const nodePorts: Record<keyof Ports, number> = { web: 30080, argocd: 30081, api: 8443 }

const env = { KUBECONFIG: paths.kubeconfig }

function minikube(command: string[], options: string[] = []) {
  return execa('minikube', [...command, `--profile=${profile}`, ...options], { env, all: true, reject: false })
}

/** @throws {UserError} with minikube's own last words */
async function checked(command: string[], options: string[] = []): Promise<string> {
  const { exitCode, stdout, all } = await minikube(command, options)
  if (exitCode !== 0) throw new UserError(`minikube ${command.join(' ')}:\n${lastLines(all)}`)
  return stdout
}

/** "1.38.1", or undefined where there is no minikube. docs/commands/version */
export async function version(): Promise<string | undefined> {
  const { stdout } = await execa('minikube', ['version', '--short'], { reject: false })
  return /v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1]
}

/** Whether minikube knows a cluster of that name, running or not, in order or not. docs/commands/profile */
export async function exists(): Promise<boolean> {
  const { stdout } = await execa('minikube', ['profile', 'list', '--output=json'], { reject: false })
  const { valid = [], invalid = [] } = JSON.parse(stdout || '{}') as Partial<Record<string, { Name: string }[]>>
  return [...valid, ...invalid].some(({ Name }) => Name === profile)
}

/** docs/commands/status: one node's states of host, kubelet and API server. */
export async function isRunning(): Promise<boolean> {
  const { stdout } = await minikube(['status'], ['--output=json'])
  const { Host, APIServer } = JSON.parse(stdout || '{}') as { Host?: string; APIServer?: string }
  return Host === 'Running' && APIServer === 'Running'
}

/**
 * docs/commands/start. Docker publishes the node's ports on 127.0.0.1 (--ports), so nothing has to be kept running for
 * them. The kubeconfig is this clone's own, with the certificates in it. The add-ons are minikube's default two, which keep
 * the database's volume: storage-provisioner and default-storageclass.
 */
export async function start(report: (line: string) => void): Promise<void> {
  const options = [
    ...[
      '--driver=docker',
      '--container-runtime=containerd',
      '--cni=calico',
      `--kubernetes-version=${kubernetesVersion}`,
    ],
    ...['--cpus=no-limit', `--memory=${size.memoryGb}g`, '--embed-certs', `--namespace=${namespace}`],
    `--ports=${Object.entries(nodePorts).map(([name, port]) => `127.0.0.1:${ports[name as keyof Ports]}:${port}`)}`,
    '--interactive=false',
  ]
  const starting = minikube(['start'], options)
  for await (const line of createInterface({ input: starting.all })) report(line.trim())
  const { exitCode, all } = await starting
  if (exitCode !== 0) throw new UserError(`minikube did not start:\n${lastLines(all)}`)
}

/** docs/commands/stop */
export async function stop(): Promise<void> {
  await checked(['stop'])
}

/** docs/commands/delete: removes the node's container, its volume and its network. */
export async function remove(): Promise<void> {
  await checked(['delete'])
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n')
}

/** Names of the images that the node has. docs/commands/image */
export async function images(): Promise<string[]> {
  return (await checked(['image', 'ls'])).split('\n')
}

/**
 * docs/commands/image: builds in the node by BuildKit. The options are those of `buildctl build`, which minikube calls for
 * containerd; a build argument there is `--opt build-arg:NAME=value`. When a build fails minikube says so, and exits with 0.
 * @throws {UserError} when the node does not have the image afterwards
 */
export async function buildImage(
  name: string,
  file: string,
  context: string,
  buildArgs: Record<string, string>,
): Promise<void> {
  const args = Object.entries(buildArgs).map(([key, value]) => `--build-opt=opt=build-arg:${key}=${value}`)
  const { all } = await minikube(['image', 'build'], [`--tag=${name}`, `--file=${file}`, ...args, context])
  if (!(await images()).includes(name)) throw new UserError(`${name} was not built:\n${lastLines(all)}`)
}

/** Runs a command on the node and answers its output. docs/commands/ssh */
export async function ssh(command: string[]): Promise<string> {
  return checked(['ssh'], ['--', ...command])
}
