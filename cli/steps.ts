/** Steps of a command, and the display of their progress. */
import { Listr, type ListrTask, PRESET_TIMER } from 'listr2'

/** `run` does nothing when its work is already done, and reports its progress by `report`. */
export interface Step {
  title: string
  run: (report: (line: string) => void) => Promise<unknown>
}

/** Steps run one after another; those in a nested list run in parallel. */
export type Steps = (Step | Step[])[]

/** In a terminal each line replaces the last; a log gets at most one line in 10 seconds, and no line twice. */
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

/** Turns a nested list into one task of Listr, which runs its steps in parallel. */
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

/** Runs the steps and prints the duration of each. */
export async function runSteps(steps: Steps): Promise<void> {
  await new Listr(tasksOf(steps), {
    fallbackRenderer: 'verbose',
    rendererOptions: { timer: PRESET_TIMER },
    fallbackRendererOptions: { timer: PRESET_TIMER },
    registerSignalListeners: false,
  }).run()
}
