/**
 * Bundles Kiali's console from the sources in its Go module. Upstream builds it with Create React App and 1,813 packages.
 * esbuild, with the 246 packages that the console itself imports, needs a fraction of the time and of the memory; their
 * versions are those of upstream's yarn.lock.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Metafile, Plugin } from 'esbuild'
import type { Sources } from './web-ui.ts'

export const kialiConsole: Sources = { recipe: join(import.meta.dirname, 'built/kiali-ui'), folder: 'frontend' }

const entry = 'src/index.tsx'

/** Makes a picture a module that exports its address and a component, with the names that Create React App uses. */
const pictures: Plugin = {
  name: 'pictures',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.svg$/ }, async ({ path }) => {
      const address = `data:image/svg+xml,${encodeURIComponent(await readFile(path, 'utf8'))}`
      const contents = `
        import { createElement } from 'react'
        const href = ${JSON.stringify(address)}
        export default href
        export const ReactComponent = (props) =>
          createElement('svg', props, createElement('image', { href, width: '100%', height: '100%' }))`
      return { contents, loader: 'js' }
    }),
}

/** Compiles CSS modules in Sass, and exports their `@value` constants, which esbuild does not know, to the importing script. */
async function cssModules(): Promise<Plugin> {
  const { compileAsync, Logger } = await import('sass')
  const styles = new Map<string, string>()
  return {
    name: 'CSS modules',
    setup: ({ onLoad, onResolve }) => {
      onLoad({ filter: /\.module\.scss$/, namespace: 'file' }, async ({ path }) => {
        const { css } = await compileAsync(path, { logger: Logger.silent })
        const constants: Record<string, string> = {}
        const rules = css.replaceAll(/^@value (\w+): (.*);$/gm, (_, name: string, value: string) => {
          constants[name] = value
          return ''
        })
        const names = `css:${path}`
        styles.set(
          names,
          rules.replaceAll(/[\w-]+/g, (word) => constants[word] ?? word),
        )
        const contents = `
          import names from ${JSON.stringify(names)}
          export default { ...names, ...${JSON.stringify(constants)} }`
        return { contents, loader: 'js' }
      })
      onResolve({ filter: /^css:/ }, ({ path }) => ({ path, namespace: 'css' }))
      onLoad({ filter: /./, namespace: 'css' }, ({ path }) => ({
        contents: styles.get(path) ?? '',
        loader: 'local-css',
      }))
    },
  }
}

/** Writes upstream's index.html with its script and style sheet. Kiali's server writes the web root into `<base>`. */
async function writeIndex(folder: string, output: string, { outputs }: Metafile): Promise<void> {
  const [script = '', { cssBundle = '' } = {}] =
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? []
  const tags = `<link rel="stylesheet" href="./${basename(cssBundle)}"><script defer src="./${basename(script)}"></script>`
  const html = await readFile(join(folder, 'public/index.html'), 'utf8')
  await writeFile(join(output, 'index.html'), html.replaceAll('%PUBLIC_URL%', '.').replace('</head>', `${tags}</head>`))
}

/**
 * @param folder the sources, with their packages
 * @param output gets the files that a browser loads
 */
export async function bundleConsole(folder: string, output: string): Promise<void> {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: { main: entry },
    outdir: output,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    metafile: true,
    target: 'es2022',
    jsx: 'transform',
    // webpack's order, for imported and for required modules.
    mainFields: ['browser', 'module', 'main'],
    define: {
      global: 'window',
      'process.env': '{}',
      'process.env.NODE_ENV': '"production"',
      'process.env.PUBLIC_URL': '"."',
      'process.env.REACT_APP_IS_UPSTREAM': '"true"',
      'process.env.REACT_APP_KIALI_DOC_URL': '"https://www.kiali.io/documentation/"',
    },
    plugins: [pictures, await cssModules()],
    loader: { '.png': 'dataurl', '.woff': 'file', '.woff2': 'file' },
    logOverride: { 'call-import-namespace': 'error', 'import-is-undefined': 'error' },
    logLevel: 'silent',
  })
  await cp(join(folder, 'public'), output, { recursive: true })
  // Texts are in English where a language has none; upstream's file for English repeats them.
  await mkdir(join(output, 'locales/en'))
  await writeFile(join(output, 'locales/en/translation.json'), '{}')
  await writeIndex(folder, output, metafile)
}
