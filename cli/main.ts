/** The program behind `npm start` and `npm run …`: which commands there are, and what each accepts. */
import { Command, InvalidArgumentError } from 'commander'
import { components } from './components.ts'
import { checkNoEmbeddedCluster } from './embedded.ts'
import { fail } from './errors.ts'
import { paths as loadPaths, most } from './load/limits.ts'
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

/** Options of a command stand behind the two dashes that npm asks for. */
const command = (words: string, description: string) => {
  const [name = '', ...args] = words.split(' ')
  const added = program.command(words).description(description).allowExcessArguments(false)
  return added.usage(['--', '[options]', ...args].join(' ')).name(name)
}

command('start', 'Brings up the whole system, or what is missing of it, and ends with its URLs')
  .addHelpText(
    'after',
    `
Environment:
  IMAGES=pulled|built   where images come from; without it npm start looks whether the registries answer
  WEB_PORT, ARGOCD_PORT ports on 127.0.0.1 (8080, 8081)
  REPO_URL              a repository that Argo CD reads instead of this clone's remote, such as a fork`,
  )
  .action(async () => (await import('./cmd/start.ts')).start())

command('stop', 'Stops the cluster and keeps its state').action(async () => (await import('./cmd/stop.ts')).stop())

command('delete', 'Deletes the cluster with its state; what was built stays in the cache')
  .option('--all', 'deletes the cache, too')
  .action(async ({ all = false }) => (await import('./cmd/delete.ts')).deleteCluster({ all }))

command('status', 'Shows the running system on one screen; exit status 0 when all is well').action(async () => {
  process.exitCode = (await (await import('./cmd/status.ts')).status()) ? 0 : 1
})

command(
  'release <component> [version]',
  `Builds the working tree's component (${components.join(', ')}) as that version; or Kiali, which has none`,
)
  .option('--fail <percent>', 'web-api: answers that many of its requests with 500', whole('percent', 1, 100))
  .option('--slow <milliseconds>', 'web-api: answers that much later', whole('milliseconds', 1, 60_000))
  .addHelpText('after', '\nExamples:\n  npm run release -- web-api 2.2.0 --fail 30\n  npm run release -- kiali')
  .action(async (component, version, options) =>
    (await import('./cmd/release.ts')).release(component, version, options),
  )

command(
  'rollback',
  'Sends back the release of web-api that is under way, or the last one, and has git ask for the one before',
).action(async () => console.log(await (await import('./cmd/rollback.ts')).rollback()))

command(
  'check',
  'Judges the working tree as a push would be, and with the cluster when one runs; exit status 0 when it is good',
)
  .option('--verbose', "shows the tools' full text", false)
  .action(async ({ verbose }) => console.log(await (await import('./cmd/check.ts')).check(verbose)))

command('load', 'Sends open load through the gateway, and shows who answers it')
  .option('--rate <number>', 'requests per second', whole('requests per second', 1, most.rate), 100)
  .option('--duration <seconds>', 'how long', whole('seconds', 1, most.duration), 60)
  .option('--path <path>', `what to ask for: ${Object.keys(loadPaths).join(' or ')}`, Object.keys(loadPaths)[0])
  .option('--json', 'prints the final report as JSON and nothing else', false)
  .action(async (options) => (await import('./cmd/load.ts')).load(options))

command('fault <service> [what] [duration]', 'Has calls to a service fail or be late, by the mesh, through git')
  .addHelpText(
    'after',
    `
Examples:
  npm run fault -- authors 25        a quarter of the calls to authors answer 503
  npm run fault -- articles delay 5s
  npm run fault -- clear`,
  )
  .action(async (service, what, duration) => (await import('./cmd/fault.ts')).fault(service, what, duration))

command('token', "Prints an administrator's token for web-api's manage, valid for an hour").action(async () =>
  console.log(await (await import('./cmd/token.ts')).token()),
)

const rollbackOption = ['--rollback', 'when the analysis sends a release back, has git follow', false] as const

command('dashboard', 'Serves a page with the whole delivery on 127.0.0.1')
  .addHelpText(
    'after',
    '\nEnvironment:\n  DASHBOARD_PORT   its port (8082)\n  WEBHOOK_URL      gets what happens as JSON',
  )
  .option(...rollbackOption)
  .action(async (options) => (await import('../dashboard/main.ts')).dashboard(options))

command('watch', 'Shows the same on one screen of the terminal')
  .addHelpText('after', '\nEnvironment:\n  WEBHOOK_URL   gets what happens as JSON')
  .option(...rollbackOption)
  .action(async (options) => (await import('../dashboard/watch.ts')).watch(options))

if (process.argv[1] === import.meta.filename) await program.parseAsync().catch(fail)
