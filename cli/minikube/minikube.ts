/** Calls minikube; see https://minikube.sigs.k8s.io/docs/commands/ */
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

/** kubeadm needs at least two processors. The idle system uses 3 GB; a canary and a build need more. */
export const size = { cpus: 2, memoryGb: 6 }

/** Node ports in base/istio and base/argo-cd. */
const nodePorts: Record<keyof Ports, number> = { web: 30080, argocd: 30081 }

/** The folder on the node at which it mounts the clone's bare repository, for clusters/minikube/bootstrap/git. */
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

/** @throws {UserError} with the last lines of minikube's output */
async function checked(command: string[], options: string[] = []): Promise<string> {
  const { exitCode, stdout, all } = await minikube(command, options)
  if (exitCode !== 0) throw new UserError(`minikube ${command.join(' ')}:\n${lastLines(all)}`)
  return stdout
}

const homeOrChoice = process.env.MINIKUBE_HOME || homedir()
/** Minikube's folder of profiles and cache (pkg/minikube/localpath in its source). */
export const minikubeHome = basename(homeOrChoice) === '.minikube' ? homeOrChoice : join(homeOrChoice, '.minikube')

/** Whether minikube has this profile, in any state. */
export async function exists(): Promise<boolean> {
  const options = { env: environment(), reject: false }
  const { stdout } = await execa('minikube', ['profile', 'list', '--light', '--output=json'], options)
  const { valid, invalid } = JSON.parse(stdout || '{}') as Partial<Record<string, { Name: string }[] | null>>
  return [...(valid ?? []), ...(invalid ?? [])].some(({ Name }) => Name === profile)
}

/** The state of the node's container, such as "running" or "exited"; undefined when there is none. */
export async function containerState(): Promise<string | undefined> {
  const args = ['container', 'inspect', '--format={{.State.Status}}', profile]
  const { exitCode, stdout } = await docker(args, { reject: false })
  return exitCode === 0 ? String(stdout).trim() : undefined
}

export interface StartOptions {
  /** Whether there is no node yet. */
  isNew: boolean
  ports: Ports
  /** Options for pulled or built images. */
  options: string[]
  report: (line: string) => void
}

/**
 * Minikube unpacks the preload over containerd's database when the node lacks one of its images, as after an update of Kubernetes;
 * the database then lacks every image that was loaded later, and containerd can load none. So only a new node gets it.
 */
const imageOptions = (isNew: boolean) => (isNew ? [] : ['--preload=false', '--cache-images=false'])

/**
 * Creates the node, or starts it again with its state. Docker publishes the node's ports on 127.0.0.1 and mounts the clone's
 * bare repository. Minikube writes only this clone's kubeconfig.
 *
 * --force: without it Minikube refuses to use Docker as root, and Minikube 1.38 looks up Kubernetes versions newer than itself
 * on GitHub at each start, which fails offline and when GitHub limits the rate.
 * @throws {UserError} with the last lines of minikube's output
 */
export async function startMinikube({ isNew, ports, options, report }: StartOptions): Promise<void> {
  const published = Object.entries(nodePorts).map(([name, port]) => `127.0.0.1:${ports[name as keyof Ports]}:${port}`)
  const starting = minikube(
    ['start'],
    [
      ...['--driver=docker', '--container-runtime=containerd', `--kubernetes-version=${kubernetesVersion}`],
      ...['--cpus=no-limit', '--memory=no-limit', '--embed-certs', `--namespace=${namespace}`],
      ...[`--ports=${published}`, `--mount-string=${paths.git}:${gitFolder}`],
      // clusters/minikube/storage.yaml has the volumes, so Minikube's provisioner would be a needless pod.
      ...['--install-addons=false', '--force', '--interactive=false', ...imageOptions(isNew), ...options],
    ],
  )
  for await (const line of createInterface({ input: starting.all })) report(line.trim())
  const { exitCode, all } = await starting
  if (exitCode !== 0) throw new UserError(`minikube did not start:\n${lastLines(all)}`)
}

/** Stops the node. The kubeconfig keeps its context, so that commands can report that the cluster does not answer. */
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

/** The lines of a list of the node's containerd. @throws {UserError} when containerd does not answer */
async function listed(what: 'images' | 'tasks'): Promise<Set<string>> {
  const args = ['exec', profile, 'ctr', '--namespace=k8s.io', what, 'list', '--quiet']
  const { exitCode, stdout, stderr } = await docker(args, { reject: false })
  if (exitCode !== 0)
    throw new UserError(
      `containerd on the node does not answer; repair it with: npm start\n${lastLines(String(stderr))}`,
    )
  return new Set(String(stdout).split('\n'))
}

/** Names of the images on the node. */
export const loadedImages = () => listed('images')

/** Ids of the running containers on the node. */
export const runningContainers = () => listed('tasks')

/**
 * Builds an image on the node with BuildKit. The options are those of `buildctl build`, which minikube calls for containerd: a
 * build argument is `--opt build-arg:NAME=value`. When a build fails minikube prints the error but exits with 0.
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
