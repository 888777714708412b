/** Which pods there are, and signals to the processes of web-api. */
import { runOnNode } from '../../cli/minikube/minikube.ts'
import { kubectl } from '../../cli/tools.ts'

/** Names, e.g. of the label selector `app=web-api,version=v1`. */
export async function podsOf(selector: string): Promise<string[]> {
  const names = await kubectl(['get', 'pods', `--selector=${selector}`, '--output=jsonpath={.items[*].metadata.name}'])
  return names.split(' ')
}

/** Sends a signal to web-api in this pod: SIGKILL as when memory runs out, SIGSTOP as when it gets no processor. */
export async function signal(pod: string, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const path = '--output=jsonpath={.status.containerStatuses[?(@.name=="web-api")].containerID}'
  const id = (await kubectl(['get', 'pod', pod, path])).replace('containerd://', '')
  await runOnNode(['ctr', '--namespace=k8s.io', 'tasks', 'kill', `--signal=${name}`, id])
}
