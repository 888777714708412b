/** Kubernetes on the node, by kubeadm. */
import { existsSync } from 'node:fs'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namespace, paths, ports, state } from '../settings.ts'
import { runInNode, stopNode } from './node.ts'

const rootfs = join(state, 'node')
const initialized = join(rootfs, 'etc/kubernetes/.initialized')
const networkPluginKubeconfig = join(rootfs, 'etc/kubernetes/calico-cni-plugin.conf')

/** Clears away what an interrupted `initKubernetes` left: half a control plane. To be called before the node starts. */
export async function clearUnfinishedKubernetes(): Promise<void> {
  if (existsSync(initialized)) return
  await stopNode()
  const folders = ['etc/kubernetes', 'var/lib/etcd', 'var/lib/kubelet']
  for (const folder of folders) await rm(join(rootfs, folder), { recursive: true, force: true })
}

/** Makes the control plane at the first start; later ones find it and leave it to the kubelet. */
export async function initKubernetes(report: (line: string) => void): Promise<void> {
  if (!existsSync(initialized)) await makeControlPlane(report)
  if (!existsSync(networkPluginKubeconfig)) await writeNetworkPluginKubeconfig()
}

async function makeControlPlane(report: (line: string) => void): Promise<void> {
  const init = runInNode(['kubeadm', 'init', '--skip-phases=preflight', '--config=/etc/kubeadm.yaml'], { all: true })
  for await (const line of init.iterable({ from: 'all' })) {
    const phase = /^\[([\w-]+)\] (.*)/.exec(String(line))
    if (phase) report(`${phase[1]}: ${phase[2]}`)
  }
  await init
  await writeFile(initialized, '')
}

/** Gives the CNI plugin an identity of its own; what it may do is in calico/rbac.yaml. */
async function writeNetworkPluginKubeconfig(): Promise<void> {
  const user = ['--client-name=calico-cni-plugin', '--config=/etc/kubeadm.yaml']
  const { stdout } = await runInNode(['kubeadm', 'kubeconfig', 'user', ...user])
  await writeFile(networkPluginKubeconfig, `${stdout}\n`, { mode: 0o600 })
}

/** Writes a kubeconfig for the host: the API server on 127.0.0.1, the services' namespace as default. */
export async function writeKubeconfig(): Promise<void> {
  const inside = await readFile(join(rootfs, 'etc/kubernetes/admin.conf'), 'utf8')
  const outside = inside
    .replace(/server: .*/, `server: https://127.0.0.1:${ports.api}`)
    .replace(/(\n\s+)user: kubernetes-admin\n/, `$1user: kubernetes-admin$1namespace: ${namespace}\n`)
  await writeFile(paths.kubeconfig, outside)
  await chmod(paths.kubeconfig, 0o600)
}
