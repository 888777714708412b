/**
 * Zipkin where its image cannot be pulled: the same release from Maven Central, on the Java of this Debian, under the name in
 * base/tracing; but only when somebody asks for it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { installPackages, outputOf } from '../debian.ts'
import { UserError } from '../errors.ts'
import { options } from '../options.ts'
import { cache } from '../settings.ts'
import { lastLines } from '../wait.ts'
import { hostSources, keyOf } from './debian-rootfs.ts'
import { containerfiles, madeFrom } from './node-images.ts'
import { loadOfficial } from './system-images.ts'

/** "slim" is the release without storages other than the memory and Elasticsearch, as in the official image of that name. */
const artifact = `io.zipkin:zipkin-server:${options.zipkin.image.split(':').at(-1)}:jar:slim`

/** SHA-256 of that release. */
const checksum = '981b1de6139b4f8f787a909c308028732f9713ae5284353d2a5aa404d1094775'

/** A root file system of its own: that of the other images would be larger by half. */
const rootfsOptions = [
  '--quiet',
  '--variant=minbase',
  '--include=default-jre-headless',
  // Not the manual pages: Java's installation makes links to them.
  ...['locale', 'doc', 'i18n'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
]

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'

/** Fetches the release into that folder. @throws {UserError} when it is not the one that we know */
async function fetchJar(folder: string): Promise<void> {
  if ((await outputOf('mvn', ['--version'])) === undefined) await installPackages(['maven'])
  const repository = join(folder, 'repository')
  const settings = { artifact, outputDirectory: folder, 'mdep.stripVersion': true, 'mdep.stripClassifier': true }
  const properties = Object.entries({ 'maven.repo.local': repository, ...settings })
  const args = ['--batch-mode', '--quiet', plugin, ...properties.map(([name, value]) => `-D${name}=${value}`)]
  const { exitCode, stdout } = await execa('mvn', args, { reject: false })
  if (exitCode !== 0) throw new UserError(`Maven cannot fetch ${artifact}:\n${lastLines(stdout)}`)
  await rm(repository, { recursive: true })
  const jar = join(folder, 'zipkin-server.jar')
  const found = createHash('sha256')
    .update(await readFile(jar))
    .digest('hex')
  if (found !== checksum)
    throw new UserError(`${artifact} has the SHA-256 ${found}, but cli/images/zipkin.ts has ${checksum}`)
  await rename(jar, join(folder, 'zipkin.jar'))
}

/** Makes what the image is built from, unless the cache has it. @returns its folder */
async function prepare(report: (line: string) => void): Promise<string> {
  const { suite, files } = await hostSources()
  const folder = join(cache, `zipkin-${keyOf(suite, artifact, checksum, ...rootfsOptions)}`)
  if (existsSync(folder)) return folder
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  report(artifact)
  await fetchJar(partial)
  report("Debian's Java")
  await execa('mmdebstrap', [...rootfsOptions, suite, join(partial, 'rootfs.tar'), ...files])
  await rename(partial, folder)
  return folder
}

/** Builds the image unless the cache has what is in it, and loads it into the node. */
export async function loadZipkin(report: (line: string) => void): Promise<void> {
  const folder = await prepare(report)
  report('image')
  const files = ['rootfs.tar', 'zipkin.jar']
  await loadOfficial({
    name: options.zipkin.image,
    containerfile: join(containerfiles, 'zipkin/Containerfile'),
    context: Object.fromEntries(files.map((file) => [file, join(folder, file)])),
    labels: madeFrom(artifact, `packages of Debian ${(await hostSources()).suite}`),
  })
}
