/**
 * Every call of minikube that this repository makes, each after the page of minikube's documentation that it follows
 * (https://minikube.sigs.k8s.io/docs/commands/ has one for each). minikube.test.ts replays them.
 */
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { namespace, paths, ports } from '../settings.ts'

/** Of minikube: the node's container, its network, and the context of the kubeconfig have this name. */
export const profile = 'cloud-native-canary'

export const kubernetesVersion = 'v1.36.1'

/**
 * Of the node. All of it idles at 2.4 GB and a canary doubles web-api; building an image takes 1 GB more for a while, and
 * what Minikube adds by itself another. Two processors are the least that kubeadm takes.
 */
export const size = { cpus: 2, memoryGb: 6 }

const env = { KUBECONFIG: paths.kubeconfig }

function minikube(command: string[], options: string[] = []) {
  return execa('minikube', [...command, `--profile=${profile}`, ...options], { env, all: true, reject: false })
}

/** @throws {UserError} with minikube's own last words */
async function checked(command: string[], options: string[] = []): Promise<string> {
  const { exitCode, stdout, all } = await minikube(command, options)
  if (exitCode !== 0) throw new UserError(`minikube ${command.join(' ')}:\n${all.split('\n').slice(-15).join('\n')}`)
  return stdout
}

/** "1.38.1", or undefined where there is no minikube. docs/commands/version */
export async function version(): Promise<string | undefined> {
  const { stdout } = await execa('minikube', ['version', '--short'], { reject: false })
  return /v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1]
}

/** Whether minikube knows a cluster of that name, running or not. docs/commands/profile */
export async function exists(): Promise<boolean> {
  const { stdout } = await execa('minikube', ['profile', 'list', '--output=json'], { reject: false })
  return new RegExp(`"Name":\\s*"${profile}"`).test(stdout ?? '')
}

/** docs/commands/status: JSON with the states of host, kubelet and API server. */
export async function isRunning(): Promise<boolean> {
  const { stdout } = await minikube(['status'], ['--output=json'])
  return /"Host":\s*"Running"/.test(stdout) && /"APIServer":\s*"Running"/.test(stdout)
}

/**
 * docs/commands/start. Docker publishes the two NodePorts on 127.0.0.1 (--ports), so nothing has to be kept running for
 * them. The kubeconfig is this clone's own, with the certificates in it.
 */
export async function start(report: (line: string) => void): Promise<void> {
  const options = [
    ...[
      '--driver=docker',
      '--container-runtime=containerd',
      '--cni=calico',
      `--kubernetes-version=${kubernetesVersion}`,
    ],
    ...[`--cpus=${size.cpus}`, `--memory=${size.memoryGb}g`, '--embed-certs', `--namespace=${namespace}`],
    `--ports=127.0.0.1:${ports.web}:30080,127.0.0.1:${ports.argocd}:30081`,
    '--interactive=false',
  ]
  const starting = minikube(['start'], options)
  for await (const line of createInterface({ input: starting.all })) report(line.trim())
  const { exitCode, all } = await starting
  if (exitCode !== 0)
    throw new UserError(
      `minikube did not start (docs: minikube.sigs.k8s.io):\n${all.split('\n').slice(-15).join('\n')}`,
    )
}

/** docs/commands/stop */
export async function stop(): Promise<void> {
  await checked(['stop'])
}

/** docs/commands/delete: removes the node's container, its volume and its network. */
export async function remove(): Promise<void> {
  await checked(['delete'])
}

/** Names of the images that the node has. docs/commands/image */
export async function images(): Promise<string[]> {
  return (await checked(['image', 'ls'])).split('\n')
}

/**
 * docs/commands/image: builds in the node by BuildKit. The options are those of `buildctl build`, which minikube calls for
 * containerd; a build argument there is `--opt build-arg:NAME=value`.
 */
export async function buildImage(
  name: string,
  file: string,
  context: string,
  buildArgs: Record<string, string>,
): Promise<void> {
  const args = Object.entries(buildArgs).map(([key, value]) => `--build-opt=opt=build-arg:${key}=${value}`)
  await checked(['image', 'build'], [`--tag=${name}`, `--file=${file}`, ...args, context])
}

/** Runs a command on the node and answers its output. docs/commands/ssh */
export async function ssh(command: string[]): Promise<string> {
  return checked(['ssh'], ['--', ...command])
}
