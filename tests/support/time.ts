/** "12 min 5 s" since a moment of performance.now(). */
export function minutesSince(start: number): string {
  const seconds = Math.round((performance.now() - start) / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
