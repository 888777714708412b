/** What differs between the versions of web-api. */

/** Articles in a list: the reason for version 2 is that it shows ten instead of five. */
export function pageSizeOf(version: string): number {
  return Number.parseInt(version, 10) >= 2 ? 10 : 5
}
