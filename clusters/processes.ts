/** Processes that outlive the command that started them, remembered in files. */
import { readFileSync } from 'node:fs'

/** A process, told from a later one with the same number by the time at which it started. */
export interface ProcessId {
  pid: number
  startTime: string
}

function startTimeOf(pid: number): string | undefined {
  try {
    // Fields are counted from the end of the command's name, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[0] === 'Z' ? undefined : fields?.[19]
  } catch {
    return undefined
  }
}

/** What to remember of a process that runs now. */
export function processId(pid: number): ProcessId {
  return { pid, startTime: startTimeOf(pid) ?? '' }
}

/** Whether that very process still runs. */
export function isAlive({ pid, startTime }: ProcessId): boolean {
  return startTimeOf(pid) === startTime
}
