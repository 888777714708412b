/** Processor time of the processes in the benchmark's pods, from /proc on the node. */
import type { Pod } from 'kubernetes-types/core/v1.d.ts'
import { kubernetes } from '../../cli/kubernetes.ts'
import { runOnNode } from '../../cli/minikube/minikube.ts'
import { benchNamespace } from './cluster.ts'

/** Milliseconds by container, such as `server/authors`. */
export type ProcessorTimes = Record<string, number>

/** /proc counts in ticks of USER_HZ, which is 100 in every Linux that runs Minikube. */
const msPerTick = 10

/** The containers of the pods, such as `server/authors`, by the ids that containerd gives them. */
async function containers(): Promise<Map<string, string>> {
  const pods = await kubernetes.list<Pod>(`/api/v1/namespaces/${benchNamespace}/pods`)
  const statuses = pods.flatMap(({ metadata, status }) =>
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
      ({ name, containerID = '' }) => [containerID.replace('containerd://', ''), `${metadata.name}/${name}`] as const,
    ),
  )
  return new Map(statuses)
}

/** The name of the program, and the milliseconds for which it has run in user mode and in the kernel; see proc_pid_stat(5). */
function readStat(line: string): { program: string; ms: number } {
  const [, program = '', rest = ''] = /\((.*)\) (.*)/.exec(line) ?? []
  const fields = rest.split(' ')
  return { program, ms: (Number(fields[11]) + Number(fields[12])) * msPerTick }
}

export class Processes {
  /** The file of each process, with its container. */
  readonly #files: Map<string, string>

  private constructor(files: Map<string, string>) {
    this.#files = files
  }

  /** Finds the Envoys and the servers; Istio's agents beside the Envoys and the load generators do not count. */
  static async find(): Promise<Processes> {
    const names = await containers()
    const lines = (await runOnNode(['sh', '-c', 'grep -s "" /proc/[0-9]*/cgroup /proc/[0-9]*/comm || true'])).split(
      '\n',
    )
    const files = new Map<string, string>()
    for (const line of lines) {
      const [, pid, id = ''] = /^\/proc\/(\d+)\/cgroup:.*([\da-f]{64})/.exec(line) ?? []
      const name = names.get(id)
      const isMeasured = name && !name.endsWith('/load') && !lines.includes(`/proc/${pid}/comm:pilot-agent`)
      if (isMeasured) files.set(`/proc/${pid}/stat`, name)
    }
    return new Processes(files)
  }

  /** The processor time of each so far. */
  async times(): Promise<ProcessorTimes> {
    const lines = (await runOnNode(['cat', ...this.#files.keys()])).trim().split('\n')
    return Object.fromEntries([...this.#files.values()].map((name, index) => [name, readStat(lines[index] ?? '').ms]))
  }
}
