/** Finds the versions of images where they stand, in base/. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf } from '../files.ts'
import { root } from '../settings.ts'

/** The names of an image in base/, one for each tag; none when a team has removed the part that runs it. */
export function namesInBase(image: string): string[] {
  const texts = filesOf(join(root, 'base')).map((file) => readFileSync(file, 'utf8'))
  const names = texts.flatMap((text) => [...text.matchAll(/ image: (\S+)/g)].map(([, name = '']) => name))
  return [...new Set(names)].filter((name) => name.startsWith(`${image}:`))
}
