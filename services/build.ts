/** Bundles a service into the one file that its image holds. `npx tsx services/build.ts web-api 2.0.0 [FOLDER]` */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { writeSbom } from './sbom.ts'
import { isVersion } from './version.ts'
import { assetFolder, readAssets } from './web-api/src/swagger-ui-assets.ts'

const serviceNames = ['web-api', 'articles', 'authors'] as const

export type ServiceName = (typeof serviceNames)[number]

/**
 * Bundles `services/<name>` as that version, which from then on decides what it reports and, for web-api, how many
 * articles it shows. Returns the folder of what the image takes, `dist`: `server.js`, and the list of what is in it, `sbom.cdx.json`.
 * @throws when the name or the version is not one, or the sources do not build
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
    // CommonJS, as most of the dependencies are: bundled as a module they could not require Node's own modules.
    format: 'cjs',
    // Names stay readable in stack traces; keepNames would do that at a cost for every function that is made.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    // Optional and not installed: pg's native driver.
    external: ['pg-native'],
    define: {
      SERVICE_VERSION: JSON.stringify(version),
      ...(name === 'web-api' && { SWAGGER_UI: JSON.stringify(readAssets()) }),
    },
    // Only used where the assets are not part of the bundle.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  })
  const files = Object.keys(metafile.inputs).map((file) => path.resolve(file))
  // Comes in as text, by SWAGGER_UI above.
  if (name === 'web-api') files.push(path.join(assetFolder(), 'swagger-ui.css'))
  await writeSbom({ name, version }, files, path.join(dist, 'sbom.cdx.json'))
  // Only for running the bundle from here, below a package.json that would make it a module.
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
