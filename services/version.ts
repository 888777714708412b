/** The one grammar of the versions that images have. */
import semver from 'semver'

/** Whether `text` is a semantic version that an image tag can hold: tags allow no "+", so no build metadata. */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text
}
