/** Creates, starts and repairs the node. */
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Images } from '../images/source.ts'
import { kubernetes } from '../kubernetes.ts'
import { paths, ports, profile, rememberedChoices } from '../settings.ts'
import { until } from '../wait.ts'
import { docker } from './docker.ts'
import { containerState, deleteMinikube, exists, runOnNode, startMinikube } from './minikube.ts'

/** `startNode` writes this file when the node's first start is complete; without it the cluster may be incomplete. */
const completeFile = join(paths.run, 'node-complete')

/** Files in `.cluster/run` about the cluster's state, which are not valid for a new node. */
const aboutCluster = ['installed.json', 'judged', 'node-complete']

/** @throws {UserError} when no cluster is running */
export async function checkRunning(): Promise<void> {
  const isRunning = rememberedChoices() && existsSync(paths.kubeconfig) && (await kubernetes.isReady())
  if (!isRunning) throw new UserError('the cluster is not running; start it with: npm start')
}

/** Removes the remains of a node after an interrupted first start or a user's `minikube delete`. */
async function clearRemains(): Promise<void> {
  const isWhole = existsSync(completeFile) && (await containerState()) !== undefined
  if (isWhole) return
  if ((await exists()) || (await containerState()) !== undefined) await deleteMinikube()
  for (const name of aboutCluster) await rm(join(paths.run, name), { recursive: true, force: true })
}

/** Whether containerd and the kubelet are running, or systemd restarts them within 30 s. */
function servicesRun(): Promise<boolean> {
  const run = () =>
    runOnNode(['sh', '-c', 'ctr version && systemctl is-active kubelet']).then(
      () => true,
      () => false,
    )
  return until("the node's services to run", run, { seconds: 30 }).catch(() => false)
}

/**
 * Creates the node, or starts it again, unless it is running and healthy.
 * @returns whether it was not running
 */
export async function startNode(images: Images, report: (line: string) => void): Promise<boolean> {
  await clearRemains()
  const state = await containerState()
  if (state === 'running' && (await kubernetes.isReady()) && (await servicesRun())) return false
  if (state === 'paused') await docker(['unpause', profile])
  const options = await images.startOptions()
  await startMinikube({ isNew: state === undefined, ports: ports(), options, report })
  await writeFile(completeFile, '')
  return true
}
