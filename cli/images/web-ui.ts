/**
 * Bundles the web pages of Argo CD and of Argo Rollouts' dashboard, because their Go modules have the pages' sources but not
 * the files that a browser loads. npm has every package that the pages import; but its only release of argo-ui is from 2021,
 * and parts of it do not work with today's pages. Files in the folders `packages` replace these parts.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { execa } from 'execa'
import { filesOf } from '../files.ts'
import { cache, root } from '../settings.ts'
import { keyOf } from './debian-rootfs.ts'
import type { GoModule } from './programs.ts'

export interface Sources {
  /** Folder with package.json and its lockfile. Files in its folder `packages`, if it has one, replace files that npm installs. */
  recipe: string
  /** Upstream's folder in the Go module. */
  folder: string
}

export interface WebUi extends Sources {
  /** Other scripts that the pages load, by their names. */
  scripts: Record<string, string>
  /** Files that the pages or their style sheets load: for each path its folder in `assets`. */
  files: Record<string, string>
}

const fontAwesome = { 'node_modules/@fortawesome/fontawesome-free/webfonts': 'fonts' }

export const argoCdUi: WebUi = {
  recipe: join(import.meta.dirname, 'built/argo-cd-ui'),
  folder: 'ui',
  scripts: { 'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js' },
  files: {
    ...fontAwesome,
    'node_modules/monaco-editor/min/vs/base/browser/ui/codicons/codicon': 'fonts',
    'node_modules/redoc/bundles/redoc.standalone.js': 'scripts/redoc.standalone.js',
  },
}

export const argoRolloutsUi: WebUi = {
  recipe: join(import.meta.dirname, 'built/argo-rollouts-ui'),
  folder: 'ui',
  scripts: {},
  files: fontAwesome,
}

/** The files that decide which packages npm installs. */
const lists = ['.npmrc', 'package.json', 'package-lock.json']

/** The folder of the pages in the cache; its name depends on the sources and on the tools that bundle them. */
export function webUiFolder({ recipe }: WebUi, module: GoModule): string {
  const tools = ['esbuild', 'sass'].map((name) => join(root, 'node_modules', name, 'package.json'))
  const own = [...lists.map((file) => join(recipe, file)), ...filesOf(join(recipe, 'packages'))]
  const sources = [...own, import.meta.filename, ...tools]
  const key = keyOf(module.Version, ...sources.map((file) => readFileSync(file, 'utf8')))
  return join(cache, `${basename(recipe)}-${key}`)
}

interface PackageJson {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

async function versionsOf(folder: string): Promise<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as PackageJson
  return { ...devDependencies, ...dependencies }
}

/** @throws when upstream's package.json has other versions than ours, as after an upgrade */
async function compareVersions({ recipe, folder }: Sources, module: GoModule): Promise<void> {
  const [own, upstream] = await Promise.all([versionsOf(recipe), versionsOf(join(module.Dir, folder))])
  const others = Object.keys(own).filter((name) => name !== 'argo-ui' && upstream[name] && upstream[name] !== own[name])
  if (others.length === 0) return
  const wanted = others.map((name) => `${name} ${upstream[name]}`).join(', ')
  throw new Error(`${relative(root, recipe)}/package.json: ${module.Path} ${module.Version} needs ${wanted}`)
}

/** Copies upstream's sources, and installs the packages that they import; with `forTests` also those that their tests import. */
export async function prepareSources(
  sources: Sources,
  module: GoModule,
  target: string,
  forTests = false,
): Promise<void> {
  await compareVersions(sources, module)
  await rm(target, { recursive: true, force: true })
  await cp(join(module.Dir, sources.folder), target, { recursive: true })
  await execa('chmod', ['--recursive', 'u+w', target])
  for (const file of lists) await copyFile(join(sources.recipe, file), join(target, file))
  await execa('npm', ['ci', '--ignore-scripts', ...(forTests ? [] : ['--omit=dev'])], { cwd: target })
  const packages = join(sources.recipe, 'packages')
  if (existsSync(packages)) await cp(packages, join(target, 'node_modules'), { recursive: true })
}

/** Compiles style sheets in Sass, whose imports are relative to the folder of the sources. */
async function sass(folder: string): Promise<Plugin> {
  const { compileAsync, Logger } = await import('sass')
  return {
    name: 'sass',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.scss$/ }, async ({ path }) => {
        const { css } = await compileAsync(path, { loadPaths: [folder], logger: Logger.silent })
        return { contents: css, loader: 'css' }
      }),
  }
}

/**
 * By the standard, and so in esbuild, `import * as moment from 'moment'` imports an object that cannot be called. Upstream
 * uses webpack, which imports the function.
 */
const callableModules: Plugin = {
  name: 'callable modules',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return {
        contents: source.replaceAll(/^import \* as (\w+) from (['"]\w.*['"])/gm, 'import $1 = require($2)'),
        loader: path.endsWith('x') ? 'tsx' : 'ts',
      }
    }),
}

async function bundle(ui: WebUi, module: GoModule, folder: string, output: string): Promise<void> {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: folder,
    entryPoints: { main: 'src/app/index.tsx', ...ui.scripts },
    outdir: output,
    bundle: true,
    minify: true,
    target: 'es2022',
    // webpack's order, for imported and for required modules.
    mainFields: ['browser', 'module', 'main'],
    // Some packages read `process`, which no browser has.
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env': '{}',
      'process.platform': '"browser"',
      SYSTEM_INFO: JSON.stringify({ version: module.Version }),
    },
    tsconfigRaw: { compilerOptions: { jsx: 'react', experimentalDecorators: true, useDefineForClassFields: false } },
    plugins: [await sass(folder), callableModules],
    loader: { '.ttf': 'file' },
    external: ['assets/*'],
    logOverride: { 'call-import-namespace': 'error', 'import-is-undefined': 'error' },
    logLevel: 'silent',
  })
}

async function copyAssets({ files }: WebUi, folder: string, output: string): Promise<void> {
  const assets = { 'src/assets': '', 'node_modules/argo-ui/src/assets': '', ...files }
  for (const [from, to] of Object.entries(assets))
    await cp(join(folder, from), join(output, 'assets', to), { recursive: true })
}

/** Writes upstream's index.html with its files. Their names have a hash: argocd-server lets browsers cache such files. */
async function writeIndex(folder: string, output: string): Promise<void> {
  const named = async (type: 'css' | 'js') => {
    const text = await readFile(join(output, `main.${type}`))
    const name = `main.${createHash('sha256').update(text).digest('hex').slice(0, 20)}.${type}`
    await rename(join(output, `main.${type}`), join(output, name))
    return name
  }
  const tags = [
    // Argo Rollouts' own page names no icon, and its server has no /favicon.ico.
    '<link rel="icon" href="assets/favicon/favicon-32x32.png">',
    `<link rel="stylesheet" href="${await named('css')}">`,
    `<script defer src="${await named('js')}"></script>`,
  ]
  const html = await readFile(join(folder, 'src/app/index.html'), 'utf8')
  await writeFile(join(output, 'index.html'), html.replace('</head>', `${tags.join('')}</head>`))
}

/**
 * Builds the pages unless the cache has them.
 * @param report gets a short line for each part
 * @returns their folder
 */
export async function buildWebUi(ui: WebUi, module: GoModule, report: (line: string) => void): Promise<string> {
  const dir = webUiFolder(ui, module)
  if (existsSync(dir)) return dir
  const folder = `${dir}.partial`
  const output = join(folder, 'pages')
  report(`web pages of ${module.Path}: npm packages`)
  await prepareSources(ui, module, folder)
  report(`web pages of ${module.Path}: bundle`)
  await bundle(ui, module, folder, output)
  await copyAssets(ui, folder, output)
  await writeIndex(folder, output)
  await mkdir(dirname(dir), { recursive: true })
  await rename(output, dir)
  await rm(folder, { recursive: true })
  return dir
}
