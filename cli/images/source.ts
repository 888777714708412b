/** The two sources of the system's images: pulled from the projects' registries, or built on this machine. */
import type { AppImage } from '../components.ts'
import { UserError } from '../errors.ts'
import type { Option } from '../options.ts'
import { type ImageSource, readEnvironment, rememberedChoices } from '../settings.ts'
import type { Steps } from '../steps.ts'

export interface OptionImage {
  /** What it is built from. */
  sources: string
  /** What the first build needs. */
  cost: string
  load: (report: (line: string) => void) => Promise<void>
}

/** The differences between pulled and built images; everything else is the same. */
export interface Images {
  /** Problems that prevent a start, a line each. Changes nothing. */
  problems: () => Promise<string[]>
  /** Required Debian packages. */
  packages: string[]
  /** The steps from a bare machine to the start of Minikube. */
  prepare: Steps
  /** Options of `minikube start`. */
  startOptions: () => Promise<string[]>
  /** Loads the system's images that the node lacks, as after an update of their versions. */
  loadSystemImages: (report: (line: string) => void) => Promise<void>
  /** Installs parts that Minikube does not install with these images. Runs when the installation has changed. */
  completeNode: (report: (line: string) => void) => Promise<void>
  /** Additional files for `istioctl install`, relative to the clone. */
  istioFiles: string[]
  /** Additional kustomizations for Istio, relative to the clone. */
  istioParts: string[]
  /** Builds an image from the working tree, and loads it into the node. */
  buildAndLoad: (image: AppImage) => Promise<void>
  /** For each option: builds its image and loads it into the node, and what that costs; undefined when the node pulls the images. */
  options?: Record<Option, OptionImage>
  /** Differences from the projects' releases, a line each. */
  differences: string[]
  /** Removes its files outside `.cluster/` and the cache. */
  remove: () => Promise<void>
}

/** Hosts that pulled images need: those of programs, manifests and image registries. */
const hosts = [
  'https://dl.k8s.io/release/stable.txt',
  'https://github.com/robots.txt',
  'https://registry.k8s.io/v2/',
  'https://registry-1.docker.io/v2/',
  'https://quay.io/v2/',
]

/** Hosts that return no response within 10 s; an error response, such as for a login, counts as reachable. */
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

/** The choice for this clone's cluster, with its reason. */
export interface Choice {
  source: ImageSource
  reason: string
}

/**
 * The source of the existing cluster, else the user's choice, else pulled if the registries are reachable.
 * @throws {UserError} when the user's choice differs from the existing cluster's
 */
export async function chooseImages(): Promise<Choice> {
  const { IMAGES } = readEnvironment()
  const remembered = rememberedChoices()?.images
  if (remembered && IMAGES && IMAGES !== remembered)
    throw new UserError(
      `IMAGES=${IMAGES}: this cluster has IMAGES=${remembered}; to change it, first delete it with: npm run delete`,
    )
  if (remembered) return { source: remembered, reason: 'the choice of this cluster' }
  if (IMAGES) return { source: IMAGES, reason: `IMAGES=${IMAGES}` }
  const missing = await unreachable()
  return missing.length === 0
    ? { source: 'pulled', reason: 'the registries are reachable' }
    : { source: 'built', reason: `cannot reach ${missing.join(', ')}` }
}

/** Loads the module only on demand, because commands that only read the cluster do not need it. */
export async function imagesOf(source: ImageSource): Promise<Images> {
  return source === 'built' ? (await import('./built.ts')).built : (await import('./pulled.ts')).pulled
}

/** The source of the existing cluster. @throws {UserError} when there is none */
export async function clusterImages(): Promise<Images> {
  const choices = rememberedChoices()
  if (!choices) throw new UserError('there is no cluster; start it with: npm start')
  return imagesOf(choices.images)
}
