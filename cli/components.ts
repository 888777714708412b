/** The parts of the application that have images of their own. */

const services = ['web-api', 'articles', 'authors'] as const
export const components = [...services, 'web-app'] as const
export type Component = (typeof components)[number]

/** An image to be made from the working tree. */
export interface AppImage {
  component: Component
  /** Which it reports, and which its tag has. */
  version: string
  /** Arguments of its Containerfile, such as FAIL_PERCENT. */
  buildArgs: Record<string, string>
}

export function imageName({ component, version }: Pick<AppImage, 'component' | 'version'>): string {
  return `localhost/${component}:${version}`
}

/** Where a component's Containerfile is, relative to the clone. */
export function containerfileOf(component: Component): string {
  return component === 'web-app' ? 'web-app/Containerfile' : 'services/Containerfile'
}
