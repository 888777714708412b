/** Calls of minikube, each after its page in https://minikube.sigs.k8s.io/docs/commands/ */
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { namespace, type Ports, paths, profile } from '../settings.ts'
import { toolEnvironment } from '../tools.ts'
import { lastLines } from '../wait.ts'
import { docker, engineEnvironment } from './docker.ts'

export const kubernetesVersion = 'v1.36.1'

/** Two processors are the least that kubeadm accepts. All of the system idles at 3 GB; a canary and a build need more. */
export const size = { cpus: 2, memoryGb: 6 }

/** Of the node: base/istio and base/argo-cd. */
const nodePorts: Record<keyof Ports, number> = { web: 30080, argocd: 30081 }

/** Where the node sees the clone's bare repository; clusters/minikube/git serves it from there. */
export const gitFolder = '/srv/cloud-native-canary.git'

const environment = () => ({
  ...toolEnvironment(),
  ...engineEnvironment(),
  MINIKUBE_IN_STYLE: 'false',
  MINIKUBE_WANTUPDATENOTIFICATION: 'false',
})

function minikube(command: string[], options: string[] = []) {
  const args = [...command, `--profile=${profile}`, ...options]
  return execa('minikube', args, { env: environment(), all: true, reject: false })
}

/** @throws {UserError} with minikube's own last words */
async function checked(command: string[], options: string[] = []): Promise<string> {
  const { exitCode, stdout, all } = await minikube(command, options)
  if (exitCode !== 0) throw new UserError(`minikube ${command.join(' ')}:\n${lastLines(all)}`)
  return stdout
}

const homeOrChoice = process.env.MINIKUBE_HOME || homedir()
/** Where Minikube keeps its profiles and its cache (pkg/minikube/localpath in its source). */
export const minikubeHome = basename(homeOrChoice) === '.minikube' ? homeOrChoice : join(homeOrChoice, '.minikube')

/** Whether minikube knows a cluster of that name, running or not, in order or not. */
export async function exists(): Promise<boolean> {
  const options = { env: environment(), reject: false }
  const { stdout } = await execa('minikube', ['profile', 'list', '--light', '--output=json'], options)
  const { valid, invalid } = JSON.parse(stdout || '{}') as Partial<Record<string, { Name: string }[] | null>>
  return [...(valid ?? []), ...(invalid ?? [])].some(({ Name }) => Name === profile)
}

/** The state of the node's container: "running", "exited", …; undefined when there is none. */
export async function containerState(): Promise<string | undefined> {
  const args = ['container', 'inspect', '--format={{.State.Status}}', profile]
  const { exitCode, stdout } = await docker(args, { reject: false })
  return exitCode === 0 ? String(stdout).trim() : undefined
}

export interface StartOptions {
  ports: Ports
  /** What the way of getting images adds. */
  options: string[]
  report: (line: string) => void
}

/**
 * Creates the node, or starts it again with what it has. Docker publishes the node's ports on 127.0.0.1 and mounts the
 * clone's bare repository. Minikube writes this clone's kubeconfig and no other.
 *
 * --force: as root Minikube refuses Docker without it; and Minikube 1.38 otherwise looks every version that is newer than
 * itself up at GitHub at each start, which fails offline and where GitHub limits the rate.
 * @throws {UserError} with minikube's own last words
 */
export async function startMinikube({ ports, options, report }: StartOptions): Promise<void> {
  const published = Object.entries(nodePorts).map(([name, port]) => `127.0.0.1:${ports[name as keyof Ports]}:${port}`)
  const starting = minikube(
    ['start'],
    [
      ...['--driver=docker', '--container-runtime=containerd', `--kubernetes-version=${kubernetesVersion}`],
      ...['--cpus=no-limit', '--memory=no-limit', '--embed-certs', `--namespace=${namespace}`],
      ...[`--ports=${published}`, `--mount-string=${paths.git}:${gitFolder}`],
      // clusters/minikube/storage.yaml has the one volume, and Minikube's provisioner would need a second pod.
      ...['--install-addons=false', '--force', '--interactive=false', ...options],
    ],
  )
  for await (const line of createInterface({ input: starting.all })) report(line.trim())
  const { exitCode, all } = await starting
  if (exitCode !== 0) throw new UserError(`minikube did not start:\n${lastLines(all)}`)
}

/** Stops the node. The kubeconfig keeps its context, so that a command can say that the cluster does not answer. */
export async function stopMinikube(): Promise<void> {
  await checked(['stop'], ['--keep-context-active'])
}

/** Removes the node's container, its volume and its network. */
export async function deleteMinikube(): Promise<void> {
  await checked(['delete'])
}

/** Runs a command as root on the node and returns its output. */
export async function runOnNode(command: string[]): Promise<string> {
  const { stdout } = await docker(['exec', profile, ...command])
  return String(stdout)
}

/** The lines that the node's containerd lists. @throws {UserError} when it does not answer */
async function listed(what: 'images' | 'tasks'): Promise<Set<string>> {
  const args = ['exec', profile, 'ctr', '--namespace=k8s.io', what, 'list', '--quiet']
  const { exitCode, stdout, stderr } = await docker(args, { reject: false })
  if (exitCode !== 0)
    throw new UserError(
      `containerd does not answer on the node; repair it with: npm start\n${lastLines(String(stderr))}`,
    )
  return new Set(String(stdout).split('\n'))
}

/** Names of the images that the node has. */
export const loadedImages = () => listed('images')

/** Ids of the containers that run on the node. */
export const runningContainers = () => listed('tasks')

/**
 * Builds in the node by BuildKit. The options are those of `buildctl build`, which minikube calls for containerd; a build
 * argument there is `--opt build-arg:NAME=value`. When a build fails minikube says so, and exits with 0.
 * @throws {UserError} when the node does not have the image afterwards
 */
export async function buildOnNode(
  name: string,
  file: string,
  context: string,
  buildArgs: Record<string, string>,
): Promise<void> {
  const args = Object.entries(buildArgs).map(([key, value]) => `--build-opt=opt=build-arg:${key}=${value}`)
  const { all } = await minikube(['image', 'build'], [`--tag=${name}`, `--file=${file}`, ...args, context])
  if (!(await loadedImages()).has(name)) throw new UserError(`${name} was not built:\n${lastLines(all)}`)
}
