/** Processes that outlive the command that started them, remembered in files. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process, told from a later one with the same number by the time at which it started. */
export interface ProcessId {
  pid: number
  startTime: string
}

function startTimeOnLinux(pid: number): string | undefined {
  // Fields are counted from the end of the command's name, which may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

function startTimeElsewhere(pid: number): string | undefined {
  const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
  const [state = 'Z', ...time] = line.trim().split(/\s+/)
  return state.startsWith('Z') ? undefined : time.join(' ')
}

function startTimeOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? startTimeOnLinux(pid) : startTimeElsewhere(pid)
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
