/** Installs programs in `.cluster/bin`, for this clone's commands and the user's shell. */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { paths } from '../settings.ts'

/** The first version that supports Kubernetes 1.36. */
const leastMinikube = '1.38.0'

/** Links a program into `.cluster/bin`. */
export async function linkTool(name: string, program: string): Promise<void> {
  await mkdir(paths.bin, { recursive: true })
  await rm(join(paths.bin, name), { force: true })
  await symlink(program, join(paths.bin, name))
}

/** The user's own minikube, from PATH without `.cluster/bin`. */
export async function usersMinikube(): Promise<{ path: string; version: string } | undefined> {
  const PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== paths.bin)
  const options = { env: { PATH: PATH.join(delimiter) }, reject: false } as const
  const { stdout: path = '' } = await execa('sh', ['-c', 'command -v minikube'], options)
  if (path === '') return undefined
  const { stdout = '' } = await execa(path, ['version', '--short'], { reject: false })
  const [, version] = /v(\d+\.\d+\.\d+)/.exec(stdout) ?? []
  return version === undefined ? undefined : { path, version }
}

export function isNewEnough(version: string): boolean {
  return version.localeCompare(leastMinikube, undefined, { numeric: true }) >= 0
}
