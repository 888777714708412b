/** The files of swagger-ui-dist that web-api serves. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** Where the package is installed; in the bundle, nowhere. */
export function assetFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}

/**
 * Their content by name, gzipped and in base64, read from the installed package. `services/build.ts` puts the same into
 * the bundle, of which it would be a third if it were not compressed.
 */
export function readAssets(): Record<string, string> {
  const names = ['swagger-ui.css', 'swagger-ui-bundle.js']
  const folder = assetFolder()
  const read = (name: string) => gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).toString('base64')
  return Object.fromEntries(names.map((name) => [name, read(name)]))
}
