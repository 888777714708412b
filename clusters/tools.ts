/** The cluster's command line tools, with its kubeconfig. */
import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { paths } from './settings.ts'

/** Environment of a tool: the built programs first in PATH, the kubeconfig set. */
export const toolEnvironment = { PATH: `${paths.bin}:${process.env.PATH}`, KUBECONFIG: paths.kubeconfig }

/** Runs one of the tools in `.cluster/bin`. */
export function tool(name: string, args: string[], options: Options = {}) {
  return execa(join(paths.bin, name), args, { ...options, env: { ...toolEnvironment, ...options.env } })
}

/** Runs kubectl and answers its standard output. */
export async function kubectl(args: string[], options: Options = {}): Promise<string> {
  const { stdout } = await tool('kubectl', args, options)
  return String(stdout)
}

/** Runs `kubectl … --output=json` and answers the object. */
export async function kubectlJson<T>(args: string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, '--output=json'])) as T
}

/** Renders a kustomization and applies it. */
export async function applyKustomization(folder: string): Promise<void> {
  const { stdout: manifests } = await tool('kustomize', ['build', folder])
  await kubectl(['apply', '--server-side', '--force-conflicts', '--filename=-'], { input: String(manifests) })
}
