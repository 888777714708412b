/** The format of image versions. */
import semver from 'semver'

/** Whether `text` is a semantic version without build metadata: an image tag allows no "+". */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text
}
