/** The files of swagger-ui-dist that web-api serves. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Their content by name, read from the installed package; `services/build.ts` puts the same into the bundle. */
export function readAssets(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url)
  const names = ['swagger-ui.css', 'swagger-ui-bundle.js']
  return Object.fromEntries(names.map((name) => [name, readFileSync(resolve(`swagger-ui-dist/${name}`), 'utf8')]))
}
