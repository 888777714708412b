/**
 * How a version of web-api looks: a colour, a shape and a pattern, the same in all views while the page is open. People with
 * any colour blindness can distinguish the colours; shape and pattern repeat the information.
 */

/** Shapes as SVG paths around 0,0, about 12 wide. */
const shapes = [
  'M0-5.200a5.200 5.200 0 1 1 0 10.400a5.200 5.200 0 1 1 0-10.400z', // circle
  'M0-6.200 6.200 0 0 6.200-6.200 0z', // diamond
  'M0-5.600 6 4.600H-6z', // triangle
  'M-4.600-4.600h9.200v9.200h-9.200z', // square
  'M-1.900-5.600h3.800v3.700h3.700v3.800H1.900v3.700h-3.800V1.900h-3.700v-3.800h3.700z', // plus
  'M0 5.600 6-4.600H-6z', // triangle on its tip
] as const

/** The shape for a failed response, and for responses of no version. */
export const cross =
  'M-5.300-3.300-3.300-5.300 0-2 3.300-5.300 5.300-3.300 2 0 5.300 3.300 3.300 5.300 0 2-3.300 5.300-5.300 3.300-2 0z'

export interface Look {
  /** Name of the CSS class and custom property of the colour: `v0` … `v5`, or `none`. */
  colour: string
  /** SVG path, see {@link shapes}. */
  shape: string
  /** Number of the pattern, 0 (solid) to 5; -1 for no version. */
  pattern: number
}

const slots = new Map<string, number>()

/** The look of a version; '' means no version (network failures, the gateway's own errors). */
export function lookOf(version: string): Look {
  if (version === '') return { colour: 'none', shape: cross, pattern: -1 }
  let slot = slots.get(version)
  if (slot === undefined) {
    slot = freeSlot(preferredSlot(version))
    slots.set(version, slot)
  }
  // From the seventh version on colours repeat, with another shape and pattern.
  const count = shapes.length
  const variant = (slot + Math.floor(slot / count)) % count
  return { colour: `v${slot % count}`, shape: shapes[variant] ?? shapes[0], pattern: variant }
}

/** The label of a version for users. */
export function versionLabel(version: string): string {
  return version === '' ? 'No version' : version
}

/** Sorts versions ascending (1.9.0 before 1.10.0), no version last. */
export function compareVersions(a: string, b: string): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1
  return collator.compare(a, b)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Makes 1.0.0, 2.0.0, 2.1.0, 2.0.1 and 3.0.0 look the same in every browser, in any order of appearance. */
function preferredSlot(version: string): number {
  const numbers = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version)
  if (!numbers) return 0
  const [major = 1, minor = 0, patch = 0] = numbers.slice(1).map((part) => Number(part ?? 0))
  return Math.max(0, major - 1) + 2 * minor + 3 * patch
}

function freeSlot(preferred: number): number {
  const taken = new Set(slots.values())
  const count = shapes.length
  // First tries the six colours, then begins again with other shapes.
  for (let round = 0; ; round += count) {
    for (let step = 0; step < count; step++) {
      const slot = round + ((preferred + step) % count)
      if (!taken.has(slot)) return slot
    }
  }
}
