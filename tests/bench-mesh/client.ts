/** A load generator in a pod of the benchmark. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { UserError } from '../../cli/errors.ts'
import { tool } from '../../cli/tools.ts'
import { benchNamespace } from './cluster.ts'
import type { Order, Outcome } from './load.ts'

/** load.ts as one file. */
export async function loadGenerator(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'load.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // A ConfigMap has at most 1 MiB.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

/** @param signal ends the load generator, after which `run` throws */
function exec(pod: string, signal: AbortSignal) {
  const command = ['--container=load', '--', '/nodejs/bin/node', '/load/load.cjs']
  const options = { stdin: 'pipe', buffer: { stdout: false }, cancelSignal: signal } as const
  return tool('kubectl', ['exec', '--stdin', pod, `--namespace=${benchNamespace}`, ...command], options)
}

export class LoadClient {
  readonly #pod: string
  readonly #process: ReturnType<typeof exec>
  readonly #lines: AsyncIterator<unknown>

  constructor(pod: string, signal: AbortSignal) {
    this.#pod = pod
    this.#process = exec(pod, signal)
    this.#process.catch(() => {}) // `run` throws this error, too; at the end the pod is deleted
    this.#lines = this.#process.iterable()
  }

  /** @throws when the load generator ends */
  async run(order: Order): Promise<Outcome> {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new UserError(`the load generator in pod ${this.#pod} has ended`)
    return JSON.parse(String(value)) as Outcome
  }
}
