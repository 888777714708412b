/** Where the images of the system come from: pulled from the projects' registries, or built on this machine. */
import type { AppImage } from '../components.ts'
import { UserError } from '../errors.ts'
import { type ImageSource, readEnvironment, rememberedChoices } from '../settings.ts'
import type { Steps } from '../steps.ts'

/** What the two ways have to do differently; all else is the same. */
export interface Images {
  /** What stands in the way, a line each. Changes nothing. */
  problems: () => Promise<string[]>
  /** Debian packages that it needs. */
  packages: string[]
  /** From a bare machine to everything that Minikube starts from. */
  prepare: Steps
  /** Options of `minikube start`. */
  startOptions: () => Promise<string[]>
  /** Brings what Minikube itself would have brought otherwise. Runs after each start of the node. */
  completeNode: (report: (line: string) => void) => Promise<void>
  /** Further files for `istioctl install`, relative to the clone. */
  istioFiles: string[]
  /** Kustomizations that Istio is to have besides, relative to the clone. */
  istioParts: string[]
  /** Builds an image from the working tree, and loads it into the node. */
  buildAndLoad: (image: AppImage) => Promise<void>
  /** Brings Kiali's image to the node, and what that costs the first time; not there where the node pulls it by itself. */
  kiali?: { cost: string; load: (report: (line: string) => void) => Promise<void> }
  /** What differs from the projects' releases, a line each. */
  differences: string[]
  /** Removes what it left outside of `.cluster/` and the cache. */
  remove: () => Promise<void>
}

/** One host of each kind that pulling needs: programs, manifests, and the registries of the images. */
const hosts = [
  'https://dl.k8s.io/release/stable.txt',
  'https://github.com/robots.txt',
  'https://registry.k8s.io/v2/',
  'https://registry-1.docker.io/v2/',
  'https://quay.io/v2/',
]

/** Hosts that do not answer at all within 10 s; a registry that asks for a login answers. */
async function unreachable(): Promise<string[]> {
  const reach = async (url: string) => {
    const options = { signal: AbortSignal.timeout(10_000), method: 'HEAD', redirect: 'manual' } as const
    return fetch(url, options).then(
      () => [],
      () => [new URL(url).host],
    )
  }
  return (await Promise.all(hosts.map(reach))).flat()
}

/** The choice for this clone's cluster, and why. */
export interface Choice {
  source: ImageSource
  reason: string
}

/**
 * What the cluster was started with, else what the user says, else pulled where the registries answer.
 * @throws {UserError} when the user says something else than the cluster was started with
 */
export async function chooseImages(): Promise<Choice> {
  const { IMAGES } = readEnvironment()
  const remembered = rememberedChoices()?.images
  if (remembered && IMAGES && IMAGES !== remembered)
    throw new UserError(
      `IMAGES=${IMAGES}: this cluster's images are ${remembered}; delete it first, with: npm run delete`,
    )
  if (remembered) return { source: remembered, reason: 'as when this cluster was made' }
  if (IMAGES) return { source: IMAGES, reason: `IMAGES=${IMAGES}` }
  const missing = await unreachable()
  return missing.length === 0
    ? { source: 'pulled', reason: 'the registries answer' }
    : { source: 'built', reason: `no answer from ${missing.join(', ')}` }
}

/** Loaded only when it is needed: a command that only reads the cluster builds and pulls nothing. */
export async function imagesOf(source: ImageSource): Promise<Images> {
  return source === 'built' ? (await import('./built.ts')).built : (await import('./pulled.ts')).pulled
}

/** Those of the running cluster. @throws {UserError} when there is none */
export async function clusterImages(): Promise<Images> {
  const choices = rememberedChoices()
  if (!choices) throw new UserError('there is no cluster; start it with: npm start')
  return imagesOf(choices.images)
}
