/** Waiting for a condition, with a time-out that says what was awaited and why it did not come. */
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from './errors.ts'

export interface WaitOptions {
  /** Time-out. */
  seconds: number
  /** Called when time has run out: what the system says about it. */
  why?: () => Promise<string> | string
  /** Between two looks. */
  intervalMs?: number
}

/**
 * Calls `condition` again and again until it returns something truthy, and returns that.
 * @param what ends the sentence "waited N s for …"
 * @throws UserError when the time has run out; whatever `condition` throws
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  { seconds, why, intervalMs = 200 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    const answer = await condition()
    if (answer) return answer
    await delay(intervalMs)
  }
  const reason = why ? `\n${await why()}` : ''
  throw new UserError(`waited ${seconds} s for ${what}${reason}`)
}

/** The end of a log, for an error message. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n')
}
