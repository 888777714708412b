import { isVersion } from '../../services/version.ts'
import { type Component, components, imageName } from '../components.ts'
import { UserError } from '../errors.ts'
import { isLoaded } from '../images/app-images.ts'
import { clusterImages } from '../images/source.ts'
import { checkRunning } from '../minikube/node.ts'
import { buildCommand, isOption, type Option, optionNames, options, optionsFile } from '../options.ts'
import { runSteps } from '../steps.ts'

/** The field in git with a component's version. */
const versionFiles: Record<Component, string> = {
  'web-api': 'newTag in overlays/canary/kustomization.yaml',
  articles: 'image in base/articles/deployment.yaml',
  authors: 'image in base/authors/deployment.yaml',
  'web-app': 'image in base/web-app/deployment.yaml',
}

const isComponent = (word: string): word is Component => components.includes(word as Component)

export interface Badness {
  /** Percent of requests that get status 500. */
  fail?: number
  /** Delay of each response in milliseconds. */
  slow?: number
}

/** The build arguments and the text for a bad release. web-api checks the same limits when it starts. */
function badnessOf(component: Component, { fail, slow }: Badness) {
  if (component !== 'web-api' && (fail ?? slow) !== undefined)
    throw new UserError(`--fail and --slow are for web-api only: ${component} has no canary`)
  const words = [fail && `fails ${fail} % of its requests`, slow && `delays each response by ${slow} ms`]
  return {
    buildArgs: { ...(fail && { FAIL_PERCENT: `${fail}` }), ...(slow && { SLOW_MS: `${slow}` }) },
    text: words.filter(Boolean).join(' and '),
  }
}

/** Builds the image of an option, and prints which line in git enables it. */
async function releaseOption(option: Option, version: string | undefined, badness: Badness): Promise<void> {
  if (version !== undefined || Object.keys(badness).length > 0)
    throw new UserError(`${option} takes no version and no options; run: ${buildCommand(option)}`)
  await checkRunning()
  const { title, part } = options[option]
  const next = `Now uncomment apps/options/${part} in ${optionsFile}, commit, and run: git push cluster HEAD:main`
  const image = (await clusterImages()).options?.[option]
  if (!image) return console.log(`There is nothing to build: the node pulls ${title}'s image. ${next}`)
  console.log(`Building ${title} from ${image.sources}; the first time this needs ${image.cost}.`)
  await runSteps([{ title, run: image.load }])
  console.log(`${title}'s image is in the cluster. ${next}`)
}

/**
 * `npm run release`: builds a component from the working tree as that version and loads the image into the cluster.
 * @throws {UserError} when the component or the version is invalid, or the cluster already has that version
 */
export async function release(component: string, version: string | undefined, badness: Badness): Promise<void> {
  if (isOption(component)) return releaseOption(component, version, badness)
  if (!isComponent(component))
    throw new UserError(`there is no ${component}: release one of ${[...components, ...optionNames].join(', ')}`)
  if (version === undefined)
    throw new UserError(`the version is missing; for example: npm run release -- ${component} 2.1.0`)
  if (!isVersion(version))
    throw new UserError(`"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`)
  const { buildArgs, text } = badnessOf(component, badness)
  await checkRunning()
  const name = imageName({ component, version })
  if (await isLoaded(component, version))
    throw new UserError(`${name} is there already, and a version never changes: choose another version`)
  await (await clusterImages()).buildAndLoad({ component, version, buildArgs })
  console.log(`${name} is in the cluster${text && ` and ${text}, on purpose`}. Now change ${versionFiles[component]} to ${version}, and run:
  git commit --all --message "${component} ${version}"
  git push cluster HEAD:main`)
}
