/** The images of the application: which there are, which the cluster has, how one is built. */
import { join } from 'node:path'
import { execa } from 'execa'
import { importImages, runInNode } from './embedded/node.ts'
import { UserError } from './errors.ts'
import { root } from './settings.ts'

const services = ['web-api', 'articles', 'authors'] as const
export const components = [...services, 'web-app'] as const
export type Component = (typeof components)[number]

/** What a fresh cluster is given: the versions that git names, and the one to try a canary with. */
export const initialVersions: [Component, string][] = [
  ['articles', '1.0.0'],
  ['authors', '1.0.0'],
  ['web-app', '1.0.0'],
  ['web-api', '1.0.0'],
  ['web-api', '2.0.0'],
]

export function imageName(component: Component, version: string): string {
  return `localhost/${component}:${version}`
}

/** Names of the images that the cluster has. */
export async function loadedImages(): Promise<Set<string>> {
  const { stdout } = await runInNode(['ctr', '--namespace=k8s.io', 'images', 'list', '--quiet'])
  return new Set(String(stdout).split('\n'))
}

/** Images of the application that these objects name and the cluster has not, with the command that makes each. */
export function missingImages(objects: unknown[], loaded: Set<string>): { name: string; remedy: string }[] {
  const named = new Set(JSON.stringify(objects).match(/localhost\/[\w-]+:[\w.+-]+/g) ?? [])
  const pattern = new RegExp(`^localhost/(${components.join('|')}):(.*)$`)
  return [...named].flatMap((name) => {
    const [, component, version] = pattern.exec(name) ?? []
    if (!component || loaded.has(name)) return []
    return [{ name, remedy: `npm run release -- ${component} ${version}` }]
  })
}

/** The folder with the built files, and the Containerfile that takes them. */
async function bundle(
  component: Component,
  version: string,
): Promise<{ context: string; containerfile: string; base: string }> {
  if (component !== 'web-app') {
    // Loaded here only: the hook that reads this module on every push builds nothing.
    const { buildService } = await import('../services/build.ts')
    const context = await buildService(component, version)
    return { context, containerfile: join(root, 'services/Containerfile'), base: 'localhost/node:1' }
  }
  const folder = join(root, 'web-app')
  const env = { VERSION: version }
  const build = await execa('npm', ['run', 'build', '--workspace=web-app'], {
    cwd: root,
    env,
    all: true,
    reject: false,
  })
  if (build.exitCode !== 0) throw new UserError(`the web app does not build:\n${build.all}`)
  return { context: folder, containerfile: join(folder, 'Containerfile'), base: 'localhost/nginx:1' }
}

/**
 * Builds the working tree's component as that version and loads it into the cluster.
 * @param buildArgs of its Containerfile, such as FAIL_PERCENT
 */
export async function buildAndLoad(
  component: Component,
  version: string,
  buildArgs: Record<string, string> = {},
): Promise<void> {
  const { buildAppImage } = await import('./embedded/images.ts')
  const { base, ...files } = await bundle(component, version)
  const layout = await buildAppImage({
    ...files,
    name: imageName(component, version),
    args: { BASE: base, ...buildArgs },
  })
  await importImages(layout)
}
