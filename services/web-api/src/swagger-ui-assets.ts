/** The files of swagger-ui-dist that web-api serves. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** Folder of the installed package; not for use in the bundle. */
export function assetFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}

/**
 * Their content by name, gzipped and in base64, read from the installed package. `services/build.ts` embeds the same in the
 * bundle, where it would take up a third uncompressed.
 */
export function readAssets(): Record<string, string> {
  const names = ['swagger-ui.css', 'swagger-ui-bundle.js']
  const folder = assetFolder()
  const read = (name: string) => gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).toString('base64')
  return Object.fromEntries(names.map((name) => [name, read(name)]))
}
