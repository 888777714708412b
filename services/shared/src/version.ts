/** Replaced by `services/build.ts` with the version that is built; absent when the sources run directly. */
declare const SERVICE_VERSION: string | undefined

/** The semantic version of this service, fixed when it was built. Sources that run unbuilt count as version 2. */
export const version: string = typeof SERVICE_VERSION === 'string' ? SERVICE_VERSION : '2.0.0-dev'
