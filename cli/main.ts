/** The CLI behind `npm start` and `npm run …`: its commands with their arguments and options. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { components } from './components.ts'
import { checkNoEmbeddedCluster } from './embedded.ts'
import { fail } from './errors.ts'
import { paths as loadPaths, most } from './load/limits.ts'
import { optionNames } from './options.ts'
import { readEnvironment } from './settings.ts'

/** A parser of whole numbers from `least` to `most`. */
function whole(what: string, least: number, most: number) {
  return (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number of ${what} from ${least} to ${most}.`)
  }
}

export const program = new Command()
program.name('npm run').description('Cloud Native Canary on a local Minikube').helpCommand(false)
program.hook('preAction', () => {
  readEnvironment()
  checkNoEmbeddedCluster()
})

/** Adds a command. In its usage the options follow the two dashes that npm requires. */
const command = (words: string, description: string) => {
  const [name = '', ...args] = words.split(' ')
  const added = program.command(words).description(description).allowExcessArguments(false)
  return added.usage(['--', '[options]', ...args].join(' ')).name(name)
}

command('start', 'Starts the whole system, or its missing parts, and prints its URLs')
  .addHelpText(
    'after',
    `
Environment:
  IMAGES=pulled|built   where images come from; by default npm start checks whether the registries are reachable
  WEB_PORT, ARGOCD_PORT ports on 127.0.0.1 (8080, 8081)
  REPO_URL              a repository for Argo CD instead of this clone's remote, such as a fork`,
  )
  .action(async () => (await import('./cmd/start.ts')).start())

command('stop', 'Stops the cluster and keeps its state').action(async () => (await import('./cmd/stop.ts')).stop())

command('delete', 'Deletes the cluster and its state; keeps the cache of built programs and images')
  .option('--all', 'also deletes the cache')
  .action(async ({ all = false }) => (await import('./cmd/delete.ts')).deleteCluster({ all }))

command('status', 'Shows the running system on one screen; the exit status is 0 when nothing has a problem').action(
  async () => {
    process.exitCode = (await (await import('./cmd/status.ts')).status()) ? 0 : 1
  },
)

command(
  'release <component> [version]',
  `Builds a component (${components.join(', ')}) from the working tree as that version; or, without a version, ${optionNames.join(' or ')}`,
)
  .option('--fail <percent>', 'web-api: returns status 500 for that share of requests', whole('percent', 1, 100))
  .option('--slow <milliseconds>', 'web-api: delays each response', whole('milliseconds', 1, 60_000))
  .addHelpText('after', '\nExamples:\n  npm run release -- web-api 2.2.0 --fail 30\n  npm run release -- kiali')
  .action(async (component, version, options) =>
    (await import('./cmd/release.ts')).release(component, version, options),
  )

command(
  'rollback',
  'Aborts the release of web-api in progress, or reverts the last one, and pushes the previous version to git',
).action(async () => console.log(await (await import('./cmd/rollback.ts')).rollback()))

command(
  'check',
  'Judges the working tree as a push would be, and with the cluster when one runs; exit status 0 when it is good',
)
  .option('--verbose', "shows the tools' full text", false)
  .option('--base <commit>', "compares with that commit instead of the cluster's main")
  .action(async (options) => console.log(await (await import('./cmd/check.ts')).check(options)))

command('freeze <reason...>', 'Makes the remote reject pushes that change what runs, until npm run thaw')
  .addHelpText('after', '\nExample:\n  npm run freeze -- demo at three')
  .action(async (reason: string[]) => console.log(await (await import('./cmd/freeze.ts')).freeze(reason.join(' '))))

command('thaw', 'Ends a freeze').action(async () => console.log(await (await import('./cmd/freeze.ts')).thaw()))

command('load', 'Sends open load through the gateway, and shows the share of each version')
  .option('--rate <number>', 'requests per second', whole('requests per second', 1, most.rate), 100)
  .option('--duration <seconds>', 'how long', whole('seconds', 1, most.duration), 60)
  .option('--users <number>', 'so many take turns and keep their cookies', whole('users', 1, most.users))
  .option('--path <path>', `what to ask for: ${Object.keys(loadPaths).join(' or ')}`, Object.keys(loadPaths)[0])
  .option('--json', 'prints the final report as JSON and nothing else', false)
  .action(async (options) => (await import('./cmd/load.ts')).load(options))

command('fault <service> [what] [duration]', 'Makes the mesh fail or delay calls to a service, by a change in git')
  .addHelpText(
    'after',
    `
Examples:
  npm run fault -- authors 25         25 % of the calls to authors get status 503
  npm run fault -- articles delay 5s  every call to articles takes 5 s longer
  npm run fault -- clear              removes all faults`,
  )
  .action(async (service, what, duration) => (await import('./cmd/fault.ts')).fault(service, what, duration))

command(
  'exercise <number>',
  'Numbers 1 to 11: looks at git and the cluster, and says what an exercise of docs/exercises lacks or why it is right',
)
  .option('--solve', 'prints the change of files that solves it, and changes nothing')
  .addOption(new Option('--reset', 'commits its files as they were when it began').conflicts('solve'))
  .addHelpText(
    'after',
    `
Examples:
  npm run exercise -- 4                      what exercise 4 lacks
  npm run exercise -- 4 --solve | git apply  changes the files as its solution does`,
  )
  .action(async (number, options) => console.log(await (await import('./cmd/exercise.ts')).exercise(number, options)))

command('token', "Prints an administrator's token for web-api's manage, valid for an hour").action(async () =>
  console.log(await (await import('./cmd/token.ts')).token()),
)

const rollbackOption = ['--rollback', 'rolls back in git when the analysis aborts a release', false] as const

command('dashboard', 'Serves a web page with the whole delivery on 127.0.0.1')
  .addHelpText(
    'after',
    `
Environment:
  DASHBOARD_PORT   its port (8082)
  LISTEN           an address of this machine, at which the browsers of a room get the Traffic page and nothing else
  ROOM_PORT        the port there (8083)
  WEBHOOK_URL      receives the events as JSON`,
  )
  .option(...rollbackOption)
  .action(async (options) => (await import('../dashboard/main.ts')).dashboard(options))

command('watch', 'Shows the whole delivery on one screen of the terminal')
  .addHelpText('after', '\nEnvironment:\n  WEBHOOK_URL   receives the events as JSON')
  .option(...rollbackOption)
  .action(async (options) => (await import('../dashboard/watch.ts')).watch(options))

if (process.argv[1] === import.meta.filename) await program.parseAsync().catch(fail)
