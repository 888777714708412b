/**
 * Builds Kiali where the node cannot pull its image: the newest version that Go's module proxy has. It is older than the image
 * that base/kiali names, reads the same settings, and gets the same name. Only clusters whose git enables Kiali need it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { filesOf } from '../files.ts'
import { options } from '../options.ts'
import { cache, root } from '../settings.ts'
import { keyOf } from './debian-rootfs.ts'
import { bundleConsole, kialiConsole } from './kiali-console.ts'
import { madeFrom } from './node-images.ts'
import { download, type GoModule, goBuild } from './programs.ts'
import { loadOfficial } from './system-images.ts'
import { prepareSources } from './web-ui.ts'

const recipe = join(import.meta.dirname, 'built/kiali')

/** The folder of program and console in the cache; its name depends on their sources and on the tools that bundle them. */
function kialiFolder(): string {
  const bundlers = ['esbuild', 'sass'].map((name) => join(root, 'node_modules', name, 'package.json'))
  const own = ['kiali.ts', 'kiali-console.ts', 'web-ui.ts'].map((file) => join(import.meta.dirname, file))
  const sources = [...filesOf(recipe), ...filesOf(kialiConsole.recipe), ...own, ...bundlers]
  return join(cache, `kiali-${keyOf(...sources.map((file) => readFileSync(file, 'utf8')))}`)
}

/** Builds program and console unless the cache has them. @returns their folder */
async function buildKiali(module: GoModule, report: (line: string) => void): Promise<string> {
  const folder = kialiFolder()
  if (existsSync(folder)) return folder
  const partial = `${folder}.partial`
  const sources = `${folder}.sources`
  await mkdir(partial, { recursive: true })
  report('npm packages of the console')
  await prepareSources(kialiConsole, module, sources)
  report('bundle of the console')
  await bundleConsole(sources, join(partial, 'console'))
  await rm(sources, { recursive: true })
  await goBuild(recipe, ['-ldflags', `-s -w -X main.version=${module.Version}`, '-o', `${partial}/`], report)
  await rename(partial, folder)
  return folder
}

/** Builds the image, of the cache's program and console if it has them, and loads it into the node. */
export async function loadKiali(report: (line: string) => void): Promise<void> {
  const { kiali } = await download(recipe, { kiali: 'github.com/kiali/kiali' })
  const folder = await buildKiali(kiali, report)
  report('image')
  await loadOfficial({
    name: options.kiali.image,
    containerfile: join(recipe, 'Containerfile'),
    context: { kiali: join(folder, 'kiali'), console: join(folder, 'console') },
    labels: madeFrom(`${kiali.Path} ${kiali.Version}`),
  })
}
