/** Waits for a condition, with a time-out that names the condition and the reason. */
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from './errors.ts'

export interface WaitOptions {
  /** Time-out. */
  seconds: number
  /** Returns the reason for a time-out. */
  why?: () => Promise<string> | string
  /** Time between two checks. */
  intervalMs?: number
}

/**
 * Calls `condition` again and again until it returns a truthy value, and returns that.
 * @param what completes the sentence "waited N s for …"
 * @throws UserError after the time-out; any error of `condition`
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
