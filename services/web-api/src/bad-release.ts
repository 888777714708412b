/** A release that is bad on purpose, to see how a canary handles it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, type Route, wholeNumber } from '@cloud-native-canary/shared'

/** Settings that the image's build fixes: `npm run release -- web-api 2.2.0 --fail 30 --slow 800`. */
export const badReleaseSettings = {
  /** How many of a hundred requests get status 500. */
  FAIL_PERCENT: wholeNumber(0, 100, 0),
  /** Delay of each response in milliseconds. */
  SLOW_MS: wholeNumber(0, 60_000, 0),
}

export interface Badness {
  failPercent: number
  slowMs: number
}

/**
 * The route of a bad release: delayed, and failing exactly `failPercent` of any hundred requests, evenly spread. A request
 * that fails has no effect.
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
