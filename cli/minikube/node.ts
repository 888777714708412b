/** The node's life: made, started again, repaired after whatever happened to it. */
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

/** Written when a first start of the node has come to its end; without it Minikube has half a cluster. */
const completeFile = join(paths.run, 'node-complete')

/** Names of files in `.cluster/run` that say what the cluster has; a new node has nothing of it. */
const aboutCluster = ['installed.json', 'judged.json', 'node-complete']

/** @throws {UserError} when no cluster runs */
export async function checkRunning(): Promise<void> {
  const isRunning = rememberedChoices() && existsSync(paths.kubeconfig) && (await kubernetes.isReady())
  if (!isRunning) throw new UserError('the cluster is not running; start it with: npm start')
}

/** Removes what an interrupted first start, or a user's `minikube delete`, left of a node. */
async function clearRemains(): Promise<void> {
  const isWhole = existsSync(completeFile) && (await containerState()) !== undefined
  if (isWhole) return
  if ((await exists()) || (await containerState()) !== undefined) await deleteMinikube()
  for (const name of aboutCluster) await rm(join(paths.run, name), { force: true })
}

/** Whether containerd and the kubelet run, or systemd has them run again within half a minute. */
function servicesRun(): Promise<boolean> {
  const run = () =>
    runOnNode(['sh', '-c', 'ctr version && systemctl is-active kubelet']).then(
      () => true,
      () => false,
    )
  return until("the node's services to run", run, { seconds: 30 }).catch(() => false)
}

/**
 * Makes the node, or starts it again, unless all of it runs.
 * @returns whether it was not running
 */
export async function startNode(images: Images, report: (line: string) => void): Promise<boolean> {
  await clearRemains()
  const state = await containerState()
  if (state === 'running' && (await kubernetes.isReady()) && (await servicesRun())) return false
  if (state === 'paused') await docker(['unpause', profile])
  await startMinikube({ ports: ports(), options: await images.startOptions(), report })
  await writeFile(completeFile, '')
  return true
}
