/** `npm start`: brings up the whole system, or what is missing of it, and ends with its URLs. */
import { Listr } from 'listr2'
import { initialVersions } from './app-images.ts'
import { cluster, type Step } from './cluster.ts'
import { imageName } from './components.ts'
import { fail, UserError } from './errors.ts'
import { prepareRemote, pushHead } from './git.ts'
import {
  addressesInTrouble,
  applications,
  imagesMissing,
  isWell,
  podsInTrouble,
  reasons,
  refreshApplications,
} from './health.ts'
import { rememberStart } from './settings.ts'
import { printSummary } from './summary.ts'
import { applyRoot, createSecrets, installSystem } from './system.ts'
import { until } from './wait.ts'

async function buildInitialImages(report: (line: string) => void): Promise<void> {
  const loaded = await cluster.loadedImages()
  for (const [component, version] of initialVersions) {
    if (loaded.has(imageName({ component, version }))) continue
    report(`${component} ${version}`)
    await cluster.buildAndLoad({ component, version, buildArgs: {} })
  }
}

/** After a stop, what etcd holds is of before: so Argo CD looks anew, and in the end the addresses themselves are asked. */
async function allWell(report: (line: string) => void): Promise<void> {
  await refreshApplications()
  const well = async () => {
    // The pods first: what Argo CD says of them must not be older than they are.
    const pods = await podsInTrouble()
    const [apps, missing] = await Promise.all([applications(), imagesMissing()])
    if (missing[0]) throw new UserError(`git names the image ${missing[0].name}; make it with: ${missing[0].remedy}`)
    const open = apps.filter((app) => !isWell(app)).map(({ name, sync, health }) => `${name}: ${sync}, ${health}`)
    const trouble = [open, pods, await addressesInTrouble()].find((lines) => lines.length > 0) ?? []
    report(trouble.join(' · '))
    return apps.length > 1 && trouble.length === 0
  }
  const why = async () => [await reasons(), ...(await addressesInTrouble())].join('\n  ')
  await until('the Applications to be in sync and healthy, and the addresses to answer', well, {
    seconds: 600,
    intervalMs: 500,
    why,
  })
}

const steps: Step[] = [
  ...cluster.steps,
  { title: 'Images of the services', run: buildInitialImages },
  { title: 'Istio, Argo CD, Argo Rollouts', run: installSystem },
  {
    title: 'Git remote',
    run: async (report) => {
      await createSecrets()
      await prepareRemote()
      report(await pushHead())
      await applyRoot()
    },
  },
  { title: 'Applications', run: allWell },
]

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

async function start(): Promise<void> {
  const found = await cluster.problems()
  if (found.length > 0) throw new UserError(found.join('\n       '))
  rememberStart()
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: (_: unknown, task: { output: string }) =>
      run(
        reporter((line) => {
          task.output = line
        }),
      ),
  }))
  await new Listr(tasks, {
    fallbackRenderer: 'verbose',
    rendererOptions: { timer: { condition: true, field: (ms: number) => `${(ms / 1000).toFixed(0)} s` } } as never,
    registerSignalListeners: false,
  }).run()
  printSummary()
}

await start().catch(fail)
