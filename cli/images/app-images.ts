/** The images of the components: the initial ones, the loaded ones and the missing ones. */
import { type Component, components, imageName } from '../components.ts'
import { loadedImages } from '../minikube/minikube.ts'
import { buildCommand, optionNames, options } from '../options.ts'
import { rememberedChoices } from '../settings.ts'

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

export interface MissingImage {
  name: string
  /** The command that builds it; undefined for an image that no command builds. */
  remedy: string | undefined
}

const ofComponent = new RegExp(`^localhost/(${components.join('|')}):([\\w.+-]+)$`)

/** Whether it is an image of a component, which `npm start` or `npm run release` builds. */
export const isOfComponent = (name: string) => ofComponent.test(name)

function remedyOf(name: string): string | undefined {
  const option = optionNames.find((each) => options[each].image === name)
  if (option) return buildCommand(option)
  const [, component, version] = ofComponent.exec(name) ?? []
  return component && `npm run release -- ${component} ${version}`
}

/** Names of the images of all containers in these objects. */
export function imagesIn(objects: unknown[]): Set<string> {
  return new Set([...JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g)].map(([, name = '']) => name))
}

/**
 * Those of the images that the cluster lacks and cannot pull: no registry has those of localhost, and where images are built, none
 * can be reached.
 */
export function missingImages(
  images: Iterable<string>,
  loaded: Set<string>,
  isBuilt = rememberedChoices()?.images === 'built',
): MissingImage[] {
  const lacks = (name: string) => !loaded.has(name) && (isBuilt || name.startsWith('localhost/'))
  return [...images].filter(lacks).map((name) => ({ name, remedy: remedyOf(name) }))
}

/** Such as `localhost/authors:2.1.0; build it with: npm run release -- authors 2.1.0`. */
export function describeMissing({ name, remedy }: MissingImage): string {
  return remedy ? `${name}; build it with: ${remedy}` : `${name}, and no command here builds it`
}
