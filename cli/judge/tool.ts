/** Runs programs that judge objects, each only on what it has not judged yet. */
import type { Options } from 'execa'
import { tool } from '../tools.ts'
import type { Mistake, RenderedObject } from './objects.ts'
import type { System } from './systems.ts'

export interface Input {
  /** What the program reads. */
  text: string
  /** The objects in it. */
  items: RenderedObject[]
}

export interface Tool {
  /** The inputs for the program about a system. */
  inputs: (system: System) => Input[]
  judge: (input: Input) => Promise<Mistake[]>
}

/** Go's garbage collector would use a third of the processor time of these short programs. With the limit it runs for huge manifests. */
const withoutCollector = { GOGC: 'off', GOMEMLIMIT: '256MiB' }

/** Runs one of the programs that render or judge. */
export function program(name: string, args: string[], options: Options = {}) {
  return tool(name, args, { ...options, env: { ...withoutCollector, ...options.env } })
}

/** Objects as a stream of YAML documents. */
export function yamlOf(items: RenderedObject[]): string {
  return items.map(({ object }) => JSON.stringify(object)).join('\n---\n')
}

/** Runs a program on the inputs about these systems, except those that it judged in the systems before. */
export async function runTool({ inputs, judge }: Tool, systems: System[], before: System[]): Promise<Mistake[]> {
  const known = new Set(before.flatMap(inputs).map(({ text }) => text))
  const open = new Map(systems.flatMap(inputs).map((input) => [input.text, input]))
  const fresh = [...open.values()].filter(({ text }) => !known.has(text))
  return (await Promise.all(fresh.map(judge))).flat()
}
