/** Bundles a service into a single file for its image. `npx tsx services/build.ts web-api 2.0.0 [FOLDER]` */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { writeSbom } from './sbom.ts'
import { isVersion } from './version.ts'
import { assetFolder, readAssets } from './web-api/src/swagger-ui-assets.ts'

const serviceNames = ['web-api', 'articles', 'authors'] as const

export type ServiceName = (typeof serviceNames)[number]

/**
 * Bundles `services/<name>` as that version. The version is what the service reports, and for web-api it also decides how
 * many articles a list has.
 * @returns the folder `dist` with what the image needs: `server.js` and its SBOM, `sbom.cdx.json`
 * @throws when there is no such service, the version is not valid, or the sources do not build
 */
export async function buildService(
  name: ServiceName,
  version: string,
  dist = path.join(import.meta.dirname, name, 'dist'),
): Promise<string> {
  if (!serviceNames.includes(name)) throw new Error(`There is no service "${name}", only ${serviceNames.join(', ')}`)
  if (!isVersion(version)) throw new Error(`"${version}" is not a semantic version such as 2.1.0 or 2.1.0-rc.1`)
  await mkdir(dist, { recursive: true })
  const { metafile } = await build({
    metafile: true,
    entryPoints: [path.join(import.meta.dirname, name, 'src/server.ts')],
    outfile: path.join(dist, 'server.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    // Most of the dependencies are CommonJS: in an ES module they could not require Node's built-in modules.
    format: 'cjs',
    // Not minifyIdentifiers: stack traces need the names, and keepNames would slow down the creation of every function.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    // pg's native driver is optional and not installed.
    external: ['pg-native'],
    define: {
      SERVICE_VERSION: JSON.stringify(version),
      ...(name === 'web-api' && { SWAGGER_UI: JSON.stringify(readAssets()) }),
    },
    // The code uses import.meta only where the bundle does not contain the assets.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  })
  const files = Object.keys(metafile.inputs).map((file) => path.resolve(file))
  // SWAGGER_UI above embeds it as text, so the metafile does not list it.
  if (name === 'web-api') files.push(path.join(assetFolder(), 'swagger-ui.css'))
  await writeSbom({ name, version }, files, path.join(dist, 'sbom.cdx.json'))
  // For running the bundle from this folder: the package.json above it would make it an ES module.
  await writeFile(path.join(dist, 'package.json'), '{ "type": "commonjs" }\n')
  return dist
}

if (process.argv[1] === import.meta.filename) {
  const [name, version, dist] = process.argv.slice(2)
  try {
    console.log(await buildService(name as ServiceName, version ?? '', dist))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
