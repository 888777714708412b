/** `services/build.ts` replaces it by the version that it builds; undefined when the sources run directly. */
declare const SERVICE_VERSION: string | undefined

/** The semantic version of this service, fixed by its build. Sources that run directly count as version 2. */
export const version: string = typeof SERVICE_VERSION === 'string' ? SERVICE_VERSION : '2.0.0-dev'
