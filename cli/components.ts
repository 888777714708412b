/** The components: parts of the application with their own images. */

const services = ['web-api', 'articles', 'authors'] as const
export const components = [...services, 'web-app'] as const
export type Component = (typeof components)[number]

/** An image to build from the working tree. */
export interface AppImage {
  component: Component
  /** The version that it reports, and its tag. */
  version: string
  /** Build arguments, such as FAIL_PERCENT. */
  buildArgs: Record<string, string>
}

export function imageName({ component, version }: Pick<AppImage, 'component' | 'version'>): string {
  return `localhost/${component}:${version}`
}

/** Path of a component's Containerfile, relative to the clone. */
export function containerfileOf(component: Component): string {
  return component === 'web-app' ? 'web-app/Containerfile' : 'services/Containerfile'
}
