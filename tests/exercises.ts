/**
 * `npm run test:exercises`: follows every page of docs/exercises, and tries three wrong solutions of each. Prints a table; fails when a page
 * does not lead to "Done.", or a wrong solution does not get its sentence. Numbers as arguments choose the exercises.
 *
 * Needs a running cluster with overlay canary and version 1.0.0, and leaves it as it was.
 */
import { fail, UserError } from '../cli/errors.ts'
import { exercises } from '../cli/exercises/exercises.ts'
import { makeVersion } from './support/canary.ts'
import { follow, inClone, tryWrong, wrongSolutions } from './support/exercises.ts'
import type { Clone } from './support/gitops.ts'
import { minutesSince } from './support/time.ts'

const chosen = process.argv.slice(2).map(Number)

interface Row {
  exercise: number
  what: string
  result: string
  seconds: number
}

async function attempt(exercise: number, what: string, work: (clone: Clone) => Promise<void>): Promise<Row> {
  const start = performance.now()
  console.log(`▸ ${exercise}, ${what}`)
  const result = await inClone(work).then(
    () => 'ok',
    (error: Error) => {
      console.log(error.message)
      return 'failed'
    },
  )
  return { exercise, what, result, seconds: Math.round((performance.now() - start) / 1000) }
}

async function testExercises(): Promise<void> {
  const start = performance.now()
  // The wrong solutions of exercise 6 need it, too.
  await makeVersion('2.2.0', '--fail', '30')
  const rows: Row[] = []
  for (const number of exercises.map((_, index) => index + 1)) {
    if (chosen.length > 0 && !chosen.includes(number)) continue
    rows.push(await attempt(number, 'the page', (clone) => follow(clone, number)))
    for (const wrong of wrongSolutions[number] ?? [])
      rows.push(await attempt(number, wrong.name, (clone) => tryWrong(clone, number, wrong)))
  }
  console.table(rows)
  console.log(`${rows.length} attempts in ${minutesSince(start)}`)
  const failed = rows.filter(({ result }) => result === 'failed')
  if (failed.length > 0) throw new UserError(failed.map(({ exercise, what }) => `${exercise}, ${what}`).join('; '))
}

await testExercises().catch(fail)
