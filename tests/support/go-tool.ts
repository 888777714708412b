import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { goEnvironment } from '../../cli/images/programs.ts'

/** Runs a program of tests/tools/go.mod, which Go compiles at its first use. */
export function goTool(name: string, args: string[], options: Options = {}) {
  const command = ['-C', join(import.meta.dirname, '../tools'), 'tool', name, ...args]
  return execa('go', command, { ...options, env: goEnvironment })
}
