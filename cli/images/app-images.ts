/** The images of the components: the initial ones, the loaded ones and the missing ones. */
import { type Component, components, imageName } from '../components.ts'
import { loadedImages } from '../minikube/minikube.ts'

/** The images of a new cluster: the versions in git, and one for a canary. */
export const initialVersions: [Component, string][] = [
  ['articles', '1.0.0'],
  ['authors', '1.0.0'],
  ['web-app', '1.0.0'],
  ['web-api', '1.0.0'],
  ['web-api', '2.0.0'],
]

/** Whether the cluster has the component in that version. */
export async function isLoaded(component: Component, version: string): Promise<boolean> {
  return (await loadedImages()).has(imageName({ component, version }))
}

/** Images of components that these objects name and the cluster lacks, with the command that builds each. */
export function missingImages(objects: unknown[], loaded: Set<string>): { name: string; remedy: string }[] {
  const named = new Set(JSON.stringify(objects).match(/localhost\/[\w-]+:[\w.+-]+/g) ?? [])
  const pattern = new RegExp(`^localhost/(${components.join('|')}):(.*)$`)
  return [...named].flatMap((name) => {
    const [, component, version] = pattern.exec(name) ?? []
    if (!component || loaded.has(name)) return []
    return [{ name, remedy: `npm run release -- ${component} ${version}` }]
  })
}
