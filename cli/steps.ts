/** The parts of `npm start`, and how their progress shows. */
import { Listr, type ListrTask, PRESET_TIMER } from 'listr2'

/** `run` does nothing when its work is done already, and calls `report` with what it is doing. */
export interface Step {
  title: string
  run: (report: (line: string) => void) => Promise<unknown>
}

/** One after another, those of a list at the same time. */
export type Steps = (Step | Step[])[]

/** A terminal shows each line in place of the last; a log gets one every 10 seconds, and none twice. */
function reporter(show: (line: string) => void): (line: string) => void {
  const pause = process.stdout.isTTY ? 0 : 10_000
  let [last, shownAt] = ['', 0]
  return (line) => {
    if (line === last || Date.now() - shownAt < pause) return
    show(line)
    last = line
    shownAt = Date.now()
  }
}

/** Those of a list are one task of Listr, which runs them at the same time. */
function tasksOf(steps: Steps): ListrTask[] {
  return steps.map((step) =>
    Array.isArray(step)
      ? {
          title: step.map(({ title }) => title).join('; '),
          task: (_, task) => task.newListr(tasksOf(step), { concurrent: true }),
        }
      : {
          title: step.title,
          task: (_, task) =>
            step.run(
              reporter((line) => {
                task.output = line
              }),
            ),
        },
  )
}

/** Runs the steps, with the seconds that each takes. */
export async function runSteps(steps: Steps): Promise<void> {
  await new Listr(tasksOf(steps), {
    fallbackRenderer: 'verbose',
    rendererOptions: { timer: PRESET_TIMER },
    fallbackRendererOptions: { timer: PRESET_TIMER },
    registerSignalListeners: false,
  }).run()
}
