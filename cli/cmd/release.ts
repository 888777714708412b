import { isVersion } from '../../services/version.ts'
import { type Component, components, imageName } from '../components.ts'
import { UserError } from '../errors.ts'
import { isLoaded } from '../images/app-images.ts'
import { clusterImages } from '../images/source.ts'
import { kialiCommand, optionsFile } from '../kiali.ts'
import { checkRunning } from '../minikube/node.ts'
import { runSteps } from '../steps.ts'

/** Where git names a component's version. */
const versionFiles: Record<Component, string> = {
  'web-api': 'newTag in overlays/canary/kustomization.yaml',
  articles: 'image in base/articles/deployment.yaml',
  authors: 'image in base/authors/deployment.yaml',
  'web-app': 'image in base/web-app/deployment.yaml',
}

const isComponent = (word: string): word is Component => components.includes(word as Component)

export interface Badness {
  /** Percent of the requests that the release answers with 500. */
  fail?: number
  /** Milliseconds that it answers late. */
  slow?: number
}

/** What the image is to do wrong, for its build and for the reader. web-api checks the same bounds when it starts. */
function badnessOf(component: Component, { fail, slow }: Badness) {
  if (component !== 'web-api' && (fail ?? slow) !== undefined)
    throw new UserError(`--fail and --slow are for web-api only: ${component} has no canary that could notice`)
  const words = [fail && `fails ${fail} % of its requests`, slow && `answers ${slow} ms late`]
  return {
    buildArgs: { ...(fail && { FAIL_PERCENT: `${fail}` }), ...(slow && { SLOW_MS: `${slow}` }) },
    text: words.filter(Boolean).join(' and '),
  }
}

/** Makes the image of Kiali, and says which line of git switches it on. */
async function releaseKiali(version: string | undefined, badness: Badness): Promise<void> {
  if (version !== undefined || Object.keys(badness).length > 0)
    throw new UserError(`Kiali has no version of yours and no options: ${kialiCommand}`)
  await checkRunning()
  const { kiali } = await clusterImages()
  const next = `uncomment apps/kiali in ${optionsFile}, commit, and git push cluster HEAD:main`
  if (!kiali) return console.log(`Nothing needs to be built: the node pulls Kiali's image by itself. Now ${next}`)
  console.log(`Kiali is built from its Go module and npm packages, the first time with ${kiali.cost}.`)
  await runSteps([{ title: 'Kiali', run: kiali.load }])
  console.log(`Its image is in the cluster. Now ${next}`)
}

/**
 * `npm run release`: builds the working tree's component as that version and loads it into the cluster.
 * @throws {UserError} when it is no component or no version, or the cluster has the version already
 */
export async function release(component: string, version: string | undefined, badness: Badness): Promise<void> {
  if (component === 'kiali') return releaseKiali(version, badness)
  if (!isComponent(component))
    throw new UserError(`there is no ${component}: release one of ${components.join(', ')}, or kiali`)
  if (version === undefined) throw new UserError(`the version is missing, as in: npm run release -- ${component} 2.1.0`)
  if (!isVersion(version))
    throw new UserError(`"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`)
  const { buildArgs, text } = badnessOf(component, badness)
  await checkRunning()
  const name = imageName({ component, version })
  if (await isLoaded(component, version))
    throw new UserError(`${name} is there already; a version does not change: choose the next`)
  await (await clusterImages()).buildAndLoad({ component, version, buildArgs })
  console.log(`${name} is in the cluster${text && ` and ${text}, on purpose`}. Now change ${versionFiles[component]} to ${version}, and:
  git commit --all --message "${component} ${version}"
  git push cluster HEAD:main`)
}
