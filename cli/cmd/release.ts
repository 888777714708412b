/**
 * `npm run release -- web-api 2.1.0`: builds the working tree's component as that version and loads it.
 * `-- web-api 2.2.0 --fail 30 --slow 800`: a version to see the canary fail with, by the image's own environment.
 */
import { parseArgs } from 'node:util'
import { isLoaded } from '../images/app-images.ts'
import { cluster } from '../cluster.ts'
import { type Component, components, imageName } from '../components.ts'
import { fail, UserError } from '../errors.ts'

/** Where git names a component's version. */
const versionFiles: Record<Component, string> = {
  'web-api': 'newTag in overlays/canary/kustomization.yaml',
  articles: 'image in base/articles/deployment.yaml',
  authors: 'image in base/authors/deployment.yaml',
  'web-app': 'image in base/web-app/deployment.yaml',
}

const usage = `usage: npm run release -- ${components.join('|')} VERSION [--fail PERCENT] [--slow MILLISECONDS], e.g. npm run release -- web-api 2.1.0`

const isComponent = (word: string | undefined): word is Component => components.includes(word as Component)

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { fail: { type: 'string' }, slow: { type: 'string' } },
    })
  } catch (error) {
    throw new UserError(`${(error as Error).message.split('\n', 1)}; ${usage}`)
  }
}

/** @throws {UserError} unless it is a whole number from 1 to `most` */
function wholeNumber(option: string, value: string, most: number, unit: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= 1 && number <= most) return number
  throw new UserError(`${option} ${value}: must be a whole number of ${unit} from 1 to ${most}`)
}

/** What the image is to do wrong, for its build and for the reader. web-api checks the same bounds when it starts. */
function readBadness(component: Component, { fail, slow }: { fail?: string; slow?: string }) {
  if (component !== 'web-api' && (fail ?? slow) !== undefined)
    throw new UserError(`--fail and --slow are for web-api only: ${component} has no canary that could notice`)
  const failPercent = fail === undefined ? 0 : wholeNumber('--fail', fail, 100, 'percent')
  const slowMs = slow === undefined ? 0 : wholeNumber('--slow', slow, 60_000, 'milliseconds')
  return {
    buildArgs: {
      ...(failPercent > 0 && { FAIL_PERCENT: `${failPercent}` }),
      ...(slowMs > 0 && { SLOW_MS: `${slowMs}` }),
    },
    text: [failPercent > 0 && `fails ${failPercent} % of its requests`, slowMs > 0 && `answers ${slowMs} ms late`]
      .filter(Boolean)
      .join(' and '),
  }
}

async function release(args: string[]): Promise<void> {
  const { positionals, values } = readArguments(args)
  const [component, version = ''] = positionals
  if (!isComponent(component) || positionals.length > 2) throw new UserError(usage)
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new UserError(`"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`)
  }
  const { buildArgs, text } = readBadness(component, values)
  const name = imageName({ component, version })
  if (await isLoaded(component, version))
    throw new UserError(`${name} is there already; a version does not change: take the next`)
  await cluster.buildAndLoad({ component, version, buildArgs })
  console.log(`${name} is in the cluster${text && ` and ${text}, on purpose`}. Now change ${versionFiles[component]} to ${version}, and:
  git commit --all --message "${component} ${version}"
  git push cluster HEAD:main`)
}

await release(process.argv.slice(2)).catch(fail)
