/** The SBOM of an image without its base: the packages whose code is in the bundle, as a CycloneDX 1.6 document. */
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

interface Package {
  name: string
  version: string
  license?: string
}

/** The installed package that a file belongs to; undefined for files of this repository. */
function packageOf(file: string): Package | undefined {
  if (!file.includes('/node_modules/')) return undefined
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json')
    // A package may contain further manifests, without a version, that say whether files are modules or scripts.
    const found = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Partial<Package>) : {}
    if (found.name && found.version) return found as Package
  }
  return undefined
}

function componentOf({ name, version, license }: Package) {
  const [last = '', group] = name.split('/').reverse()
  // https://github.com/package-url/purl-spec: the @ of a scope is written %40.
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group && { group }),
    name: last,
    version,
    ...(license && { licenses: [{ expression: license }] }),
    purl,
  }
}

/**
 * Writes the SBOM (https://cyclonedx.org/docs/1.6/json/).
 * @param image the image that it describes
 * @param files absolute paths of the bundled files; the bundler adds suffixes that start with "?"
 */
export async function writeSbom(image: { name: string; version: string }, files: string[], to: string): Promise<void> {
  const packages = files.flatMap((file) => packageOf(file.replace(/^\0|\?.*$/g, '')) ?? [])
  const components = new Map(
    packages.map((found) => componentOf(found)).map((component) => [component.purl, component]),
  )
  const sbom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', ...image } },
    components: [...components.values()].sort((a, b) => a.purl.localeCompare(b.purl)),
  }
  await writeFile(to, `${JSON.stringify(sbom, null, 2)}\n`)
}
