/** Lists pods, and sends signals to the processes of web-api. */
import { reasons } from '../../cli/health.ts'
import { runOnNode } from '../../cli/minikube/minikube.ts'
import { kubectl, kubectlJson } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'

/** Names of the pods of a label selector, such as `app=web-api,version=v1`. */
export async function podsOf(selector: string): Promise<string[]> {
  const names = await kubectl(['get', 'pods', `--selector=${selector}`, '--output=jsonpath={.items[*].metadata.name}'])
  return names.split(' ').filter(Boolean)
}

/** Waits until web-api has no pods of that version, such as 2.0.0: Argo Rollouts keeps those of an old version for 30 s. */
export async function haveEnded(version: string): Promise<void> {
  const isGone = async () => (await podsOf(`app=web-api,version=${version}`)).length === 0
  await until(`the pods of ${version} to end`, isGone, { seconds: 120, why: reasons })
}

/** Pods of web-api with the stable version, or with the version of the release in progress. */
export async function podsOfRole(role: 'stable' | 'canary'): Promise<string[]> {
  const { status } = await kubectlJson<{ status: Record<string, string> }>(['get', 'rollout', 'web-api'])
  const hash = role === 'stable' ? status.stableRS : status.currentPodHash
  return podsOf(`app=web-api,rollouts-pod-template-hash=${hash}`)
}

/** Sends a signal to web-api in this pod: SIGKILL as when it runs out of memory, SIGSTOP as when it gets no CPU time. */
export async function signal(pod: string, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const path = '--output=jsonpath={.status.containerStatuses[?(@.name=="web-api")].containerID}'
  const id = (await kubectl(['get', 'pod', pod, path])).replace('containerd://', '')
  await runOnNode(['ctr', '--namespace=k8s.io', 'tasks', 'kill', `--signal=${name}`, id])
}
