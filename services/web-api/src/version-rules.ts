/** The difference between the versions of web-api. */

/** Number of articles in a list: version 2 exists to list ten instead of five. */
export function pageSizeOf(version: string): number {
  return Number.parseInt(version, 10) >= 2 ? 10 : 5
}
