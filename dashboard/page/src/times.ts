/** Times of the history, in the time zone of the browser. */

/** Such as "02:14:05". */
export const clock = (at: number) => new Date(at).toTimeString().slice(0, 8)

const dayFormat = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'short' })

/** Such as "Sat, Nov 28, 02:14:05". */
export const dayAndClock = (at: number) => `${dayFormat.format(at)}, ${clock(at)}`

const minute = 60_000
/** Distances between the marks of a time axis, in milliseconds. */
const distances = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * minute)

/** About eight round times between two times, in milliseconds since the epoch. */
export function marks(from: number, to: number): number[] {
  const distance = distances.find((each) => (to - from) / each <= 9) ?? 1440 * minute
  const offset = new Date(from).getTimezoneOffset() * minute
  const first = Math.ceil((from - offset) / distance) * distance + offset
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / distance) + 1) },
    (_, index) => first + index * distance,
  )
}
