/** Judges all files of a commit; renders, and runs tools on, only what has changed since the commit before. */
import { kubernetes } from '../kubernetes.ts'
import { clusterFolder } from '../settings.ts'
import { ApiServer, firstRefusal, reasonIn } from './api-server.ts'
import { judgeArgoCd, notSynced, shownOnly } from './argo-cd.ts'
import { judgeRollouts, lint } from './argo-rollouts.ts'
import { changesBetween } from './changes.ts'
import { type Hazard, hazardsBetween } from './hazards.ts'
import { analyze, judgeRouting } from './istio.ts'
import { judgeImages, mistakeOf } from './kustomize.ts'
import { type Mistake, mistakeIn, type RenderedObject, textOf } from './objects.ts'
import { judgePods } from './pods.ts'
import { isFromOutside, type Kustomization, readsAny, render, sameObjects } from './render.ts'
import { allKustomizations, type Rendered, type System, systems } from './systems.ts'
import { runTool } from './tool.ts'
import { judgeFiles } from './tree.ts'

export interface Before {
  /** What the commit before renders to. */
  rendered: Rendered
  /** Files that differ from that commit. */
  changed: Set<string>
}

export interface Verdict {
  rendered: Rendered
  mistakes: Mistake[]
  /** Lines for the author about what changes in the cluster; empty when the state before is unknown. */
  changes: string[]
  hazards: Hazard[]
}

interface Result {
  objects: RenderedObject[]
  mistakes: Mistake[]
}

async function renderOne(tree: string, folder: string, components: string[]): Promise<Result> {
  try {
    return { objects: await render(tree, folder, components), mistakes: [] }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    return { objects: [], mistakes: [mistakeOf(tree, components[0] ?? folder, stderr ?? message)] }
  }
}

async function renderAll(
  tree: string,
  wanted: Kustomization[],
  before: Before | undefined,
): Promise<Pick<Verdict, 'rendered' | 'mistakes'>> {
  const results = new Map<string, Promise<Result>>()
  const renderOnce = ({ folder, components }: Kustomization): Promise<Result> => {
    const same = sameObjects(tree, folder)
    const key = [same, ...components].join(' ')
    const result = results.get(key) ?? renderOne(tree, same, components)
    results.set(key, result)
    return result
  }
  const all = wanted.map((one) => {
    const objects = before?.rendered.get(one.name)
    const changed = before?.changed ?? new Set()
    const isOther = !objects || [one.folder, ...one.components].some((folder) => readsAny(tree, folder, changed))
    return isOther ? renderOnce(one) : { objects, mistakes: [] }
  })
  const found = await Promise.all(all)
  return {
    rendered: new Map(wanted.map(({ name }, index) => [name, found[index]?.objects ?? []])),
    mistakes: found.flatMap(({ mistakes }) => mistakes),
  }
}

/** Drops duplicates: several kustomizations often include the same object. */
function distinct<T>(items: T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

const jsonOf = ({ object }: RenderedObject) => JSON.stringify(object)
const lineOf = (mistake: Mistake) => textOf(mistake, false)

/** Objects that are new or have changed, each once. */
export function newObjects(rendered: Rendered, before: Rendered = new Map()): RenderedObject[] {
  const known = new Set([...before.values()].flat().map(jsonOf))
  return distinct([...rendered.values()].flat(), jsonOf).filter((item) => !known.has(jsonOf(item)))
}

/** Drops mistakes about Secrets that git lacks but the cluster has. */
async function stillMissing(mistakes: Mistake[]): Promise<Mistake[]> {
  const isThere = await Promise.all(mistakes.map(({ secret }) => secret !== undefined && kubernetes.has(secret)))
  return mistakes.filter((_, index) => !isThere[index])
}

/** Asks the cluster whether it would accept each object. */
export async function askCluster(items: RenderedObject[]): Promise<Mistake[]> {
  // notSynced rejects the other kinds, whatever the API server says.
  const open = items.filter(({ object }) => !shownOnly.includes(object.kind))
  const api = new ApiServer()
  const answers = open.map(async (item) => {
    const refusal = await firstRefusal(api, item.object)
    return refusal ? [mistakeIn(item, reasonIn(refusal), refusal)] : []
  })
  // With and without its namespace an object is rejected for the same reason.
  return distinct((await Promise.all(answers)).flat(), lineOf)
}

const rejected = (mistakes: Mistake[]): Verdict => ({ rendered: new Map(), mistakes, changes: [], hazards: [] })

const withoutCluster: Mistake = {
  file: `${clusterFolder}/kustomization.yaml`,
  reason: 'it is missing: Argo CD finds there everything that runs',
}

/** Joins the mistakes of several judges; for each object it keeps only those of the first judge that finds any. */
function merge(...judges: Mistake[][]): Mistake[] {
  const place = ({ file, object }: Mistake) => `${file} ${object}`
  const found: Mistake[] = []
  for (const mistakes of judges) {
    const places = new Set(found.map(place))
    found.push(...mistakes.filter((mistake) => !places.has(place(mistake))))
  }
  return found
}

/** Judges of mistakes that no tool finds without a cluster. */
const ownJudges = [judgeRollouts, judgeRouting, judgePods]

/** Mistakes in what renders, for which nobody has to ask the cluster. */
async function mistakesIn(tree: string, rendered: Rendered, found: System[], known: System[]): Promise<Mistake[]> {
  const tools = await Promise.all([lint, analyze].map((one) => runTool(one, found, known)))
  const all = [
    ...[...rendered].flatMap(([folder, objects]) => judgeImages(tree, folder, objects)),
    ...notSynced([...rendered.values()].flat()),
    ...found.flatMap((system) => [judgeArgoCd(tree, system), ...ownJudges.map((one) => one(system))].flat()),
    ...tools.flat(),
  ]
  return distinct(all, lineOf)
}

async function judgeKustomizations(
  tree: string,
  before: Before | undefined,
  loaded: Promise<Set<string>> | undefined,
): Promise<Verdict> {
  const wanted = (await allKustomizations(tree)).filter(({ folder }) => !isFromOutside(folder))
  if (!wanted.some(({ name }) => name === clusterFolder)) return rejected([withoutCluster])
  const { rendered, mistakes } = await renderAll(tree, wanted, before)
  // The other judges would report every object of a kustomization that does not render as missing.
  if (mistakes.length > 0) return { rendered, mistakes: distinct(mistakes, lineOf), changes: [], hazards: [] }
  const found = systems(rendered)
  const known = before ? systems(before.rendered) : []
  const [refused, own] = await Promise.all([
    loaded ? askCluster(newObjects(rendered, before?.rendered)) : [],
    mistakesIn(tree, rendered, found, known),
  ])
  return {
    rendered,
    mistakes: loaded ? merge(refused, await stillMissing(own)) : own,
    changes: changesBetween(known, found),
    hazards: hazardsBetween(known, found, await loaded),
  }
}

/**
 * Judges a commit.
 * @param tree the folder with its files
 * @param loaded the images that the cluster has: listing them takes as long as some judges. Without it nobody asks the cluster.
 */
export async function judge(
  commit: string,
  tree: string,
  before?: Before,
  loaded?: Promise<Set<string>>,
): Promise<Verdict> {
  // With mistakes nobody awaits it, and its rejection would end the process.
  loaded?.catch(() => {})
  const mistakes = await judgeFiles(commit, tree)
  // Reading the tree would follow links that leave it.
  return mistakes.length > 0 ? rejected(mistakes) : judgeKustomizations(tree, before, loaded)
}
