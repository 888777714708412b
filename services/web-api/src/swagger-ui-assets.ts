/** The files of swagger-ui-dist that web-api serves. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'

/**
 * Their content by name, gzipped and in base64, read from the installed package. `services/build.ts` puts the same into
 * the bundle, of which it would be a third if it were not compressed.
 */
export function readAssets(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url)
  const names = ['swagger-ui.css', 'swagger-ui-bundle.js']
  const read = (name: string) =>
    gzipSync(readFileSync(resolve(`swagger-ui-dist/${name}`)), { level: 9 }).toString('base64')
  return Object.fromEntries(names.map((name) => [name, read(name)]))
}
