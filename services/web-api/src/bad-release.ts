/** A release that is bad on purpose, to see what a canary does with it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, type Route, wholeNumber } from '@cloud-native-canary/shared'

/** Fixed when the image is built: `npm run release -- web-api 2.2.0 --fail 30 --slow 800`. */
export const badReleaseSettings = {
  /** Of a hundred requests, how many are answered with 500. */
  FAIL_PERCENT: wholeNumber(0, 100, 0),
  /** Milliseconds by which each answer is late. */
  SLOW_MS: wholeNumber(0, 60_000, 0),
}

export interface Badness {
  failPercent: number
  slowMs: number
}

/**
 * The route as a bad release has it: late, and failing evenly, exactly `failPercent` of any hundred requests. A request
 * that fails has done nothing.
 */
export function spoil(route: Route, { failPercent, slowMs }: Badness): Route {
  let due = 0
  return {
    ...route,
    async handle(req, res) {
      due += failPercent
      const fails = due >= 100
      if (fails) due -= 100
      if (slowMs > 0) await sleep(slowMs)
      if (fails) throw new Problem(500, `This release fails ${failPercent} % of its requests, on purpose`)
      await route.handle(req, res)
    },
  }
}
