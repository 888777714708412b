/**
 * `npm run bench:delivery`: the time from `git push` to the first response for a user, and each step on the way, for a changed version
 * (overlay canary) and for a changed weight (overlay split). Prints a time line with the medians, and the first round of its own,
 * because caches are cold then.
 *
 * Needs a running cluster with overlay canary, and leaves it as it was. Takes about 5 minutes. `npm run bench:delivery -- [rounds]`
 */
import { fail } from '../cli/errors.ts'
import { tool } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { Clone } from './support/gitops.ts'
import { haveEnded } from './support/pods.ts'
import { finishRollout } from './support/rollouts.ts'
import { minutesSince } from './support/time.ts'
import { User } from './support/traffic.ts'

/** A step of the delivery: an object, the part of it that is printed at each change, and whether that shows the step as done. */
interface Step {
  name: string
  object: string[]
  jsonpath: string
  isDone: (line: string) => boolean
}

const application = ['application', 'web-api', '--namespace=argocd']

const syncStarts: Step = {
  name: 'Argo CD starts the sync',
  object: application,
  jsonpath: '{.status.operationState.phase}',
  isDone: (line) => line === 'Running',
}

const weightStep = (weights: string): Step => ({
  name: `the VirtualService has ${weights}`,
  object: ['virtualservice', 'web-api'],
  jsonpath: '{.spec.http[?(@.name=="getmultiple")].route[*].weight}',
  isDone: (line) => line === weights,
})

const release = (version: string): Step[] => [
  syncStarts,
  {
    name: 'the Rollout has the version',
    object: ['rollout', 'web-api'],
    jsonpath: '{.spec.template.spec.containers[0].image}',
    isDone: (line) => line.endsWith(`:${version}`),
  },
  {
    name: 'its pod exists',
    object: ['pods', '--selector=app=web-api'],
    jsonpath: '{.spec.containers[*].image}',
    isDone: (line) => line.includes(`web-api:${version}`),
  },
  {
    name: 'its pod is ready',
    object: ['pods', '--selector=app=web-api'],
    jsonpath: '{.spec.containers[*].image} {.status.conditions[?(@.type=="Ready")].status}',
    isDone: (line) => line.includes(`web-api:${version}`) && line.endsWith('True'),
  },
  weightStep('80 20'),
]

/** Watches an object. @returns when kubectl has printed its present state, when the step is done, and what ends the watch */
function watch({ object, jsonpath, isDone }: Step) {
  const args = ['get', ...object, '--watch', `--output=jsonpath=${jsonpath}{"\\n"}`]
  const watching = tool('kubectl', args, { reject: false, buffer: false })
  const lines = watching.iterable()[Symbol.asyncIterator]()
  const present = lines.next()
  const done = present.then(async () => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`kubectl ${args.join(' ')} ended`)
      if (isDone(String(value))) return performance.now()
    }
  })
  return { present, done, end: () => watching.kill() }
}

/** The time of the first response of that version to a user without cookies, of whom one comes every 50 ms. */
async function firstResponse(version: string): Promise<number> {
  const isSeen = async () => (await new User().read()) === version
  await until(`a response of ${version}`, isSeen, { seconds: 60, intervalMs: 50 })
  return performance.now()
}

/** Pushes, and measures the steps. @returns seconds since the push began, by step */
async function deliver(push: () => Promise<unknown>, steps: Step[], version: string) {
  const watches = steps.map(watch)
  await Promise.all(watches.map(({ present }) => present))
  const begin = performance.now()
  const response = firstResponse(version)
  await push()
  const accepted = performance.now()
  try {
    const times = [accepted, ...(await Promise.all(watches.map(({ done }) => done))), await response]
    return times.map((time) => (time - begin) / 1000)
  } finally {
    for (const { end } of watches) end()
  }
}

const median = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

function printTimeLine(title: string, names: string[], rounds: number[][]): void {
  const last = Math.max(...rounds.map((times) => times.at(-1) ?? 0))
  console.log(`\n${title}, seconds since the push began: median of ${rounds.length} rounds, and the first`)
  names.forEach((name, index) => {
    const time = median(rounds.map((times) => times[index] ?? 0))
    const bar = '─'.repeat(Math.round((time / last) * 40))
    console.log(
      `  ${name.padEnd(34)} ${time.toFixed(2).padStart(6)} ${(rounds[0]?.[index] ?? 0).toFixed(2).padStart(6)}  ${bar}┤`,
    )
  })
}

const namesOf = (steps: Step[]) => ['the remote accepted', ...steps.map(({ name }) => name), 'a user gets the response']

async function benchVersion(clone: Clone, rounds: number): Promise<void> {
  const results: number[][] = []
  for (let round = 0; round < rounds; round++) {
    await haveEnded('2.0.0') // a release would use these pods again
    results.push(await deliver(() => clone.release('2.0.0'), release('2.0.0'), '2.0.0'))
    await clone.release('1.0.0')
    await finishRollout()
    await clone.synced()
  }
  printTimeLine('A changed version', namesOf(release('2.0.0')), results)
}

/** Switches all requests from version 1 to version 2 by weights, because one response shows that. */
async function benchWeight(clone: Clone, rounds: number): Promise<void> {
  await clone.useOverlay('split')
  await clone.synced()
  const setWeights = async (v1: number, v2: number) => {
    const weights = { v1, v2 }
    for (const [subset, weight] of Object.entries(weights))
      await clone.edit(
        'overlays/split/kustomization.yaml',
        new RegExp(`(subset: ${subset}\\s+weight:) \\d+`),
        `$1 ${weight}`,
      )
    const { accepted, output } = await clone.push(`weights ${v1} and ${v2}`)
    if (!accepted) throw new Error(output)
  }
  const results: number[][] = []
  const steps = [syncStarts, weightStep('0 100')]
  for (let round = 0; round < rounds; round++) {
    await setWeights(100, 0)
    await clone.synced()
    await until('version 1 alone', async () => (await new User().read()) === '1.0.0', { seconds: 30 })
    results.push(await deliver(() => setWeights(0, 100), steps, '2.0.0'))
    await clone.synced()
  }
  printTimeLine('A changed weight', namesOf(steps), results)
}

async function bench(rounds: number): Promise<void> {
  const start = performance.now()
  const clone = await Clone.make()
  try {
    await benchVersion(clone, rounds)
    await benchWeight(clone, rounds)
  } finally {
    await clone.putBack()
    await clone.push('as before the benchmark')
    await clone.synced()
    await finishRollout()
  }
  console.log(`\n(${minutesSince(start)})`)
}

await bench(Number(process.argv[2] ?? 5)).catch(fail)
