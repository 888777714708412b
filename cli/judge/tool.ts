/** Programs that judge objects, and run only on what they have not seen. */
import type { Mistake, RenderedObject } from './objects.ts'
import type { System } from './systems.ts'

export interface Input {
  /** What the program reads. */
  text: string
  /** The objects in it. */
  items: RenderedObject[]
}

export interface Tool {
  /** What the program is to read about a system. */
  inputs: (system: System) => Input[]
  judge: (input: Input) => Promise<Mistake[]>
}

/** Objects as a stream that every YAML parser reads. */
export function yamlOf(items: RenderedObject[]): string {
  return items.map(({ object }) => JSON.stringify(object)).join('\n---\n')
}

/** Has a program judge systems, but for what it has judged in those of before. */
export async function runTool({ inputs, judge }: Tool, systems: System[], before: System[]): Promise<Mistake[]> {
  const known = new Set(before.flatMap(inputs).map(({ text }) => text))
  const open = new Map(systems.flatMap(inputs).map((input) => [input.text, input]))
  const fresh = [...open.values()].filter(({ text }) => !known.has(text))
  return (await Promise.all(fresh.map(judge))).flat()
}
