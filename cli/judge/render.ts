/** Finds the kustomizations of a tree and the files that each reads, and renders them. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { parse, parseAllDocuments, parseDocument, visit } from 'yaml'
import type { KubernetesObject, RenderedObject } from './objects.ts'
import { program } from './tool.ts'

/** File names that kustomize looks for, in its order. */
const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** Whether the file is a kustomization, by its name. */
export function isKustomization(file: string): boolean {
  return fileNames.includes(basename(file))
}

/** The folder's kustomization file, relative to the tree. */
export function kustomizationIn(tree: string, folder: string): string | undefined {
  return fileNames.map((name) => join(folder, name)).find((file) => existsSync(join(tree, file)))
}

/**
 * Folders, relative to `tree`, with kustomization files: those that kustomize can build, and Components, which it builds only as
 * parts of others.
 */
export async function kustomizations(tree: string): Promise<{ buildable: string[]; components: string[] }> {
  const files = (await readdir(tree, { recursive: true })).filter(isKustomization).sort()
  const isComponent = (file: string) => /^kind: Component/m.test(readFileSync(join(tree, file), 'utf8'))
  const components = files.filter(isComponent)
  const folders = (some: string[]) => [...new Set(some.map(dirname))]
  return { buildable: folders(files.filter((file) => !components.includes(file))), components: folders(components) }
}

/** A kustomization, or one that includes Components which it does not name. */
export interface Kustomization {
  name: string
  folder: string
  /** Folders, relative to the tree. */
  components: string[]
}

/** Strings in each text, because many kustomizations include the same few. */
const known = new Map<string, string[]>()

function stringsIn(text: string): string[] {
  const before = known.get(text)
  if (before) return before
  const strings: string[] = []
  visit(parseDocument(text), {
    Scalar: (key, { value }) => {
      if (key !== 'key' && typeof value === 'string') strings.push(value)
    },
  })
  known.set(text, strings)
  return strings
}

/**
 * Files and folders that a kustomization names, directly or through the folders that it names.
 * @returns paths relative to the tree, some of which may not exist
 */
export function pathsNamed(tree: string, folder: string, seen = new Set<string>()): Set<string> {
  const file = kustomizationIn(tree, folder)
  if (!file || seen.has(file)) return seen
  seen.add(file)
  // Any field may name a file, some as KEY=FILE.
  const strings = stringsIn(readFileSync(join(tree, file), 'utf8'))
  for (const path of strings.map((text) => normalize(join(folder, text.replace(/^[\w.-]+=/, ''))))) {
    pathsNamed(tree, path, seen)
    seen.add(path)
  }
  return seen
}

/** A kustomization that includes one folder and changes nothing of it. */
const inclusion =
  /^apiVersion: kustomize\.config\.k8s\.io\/v1beta1\nkind: Kustomization\nresources:\n *- (?<included>[\w./-]+)\n$/

/** The folder to render for this one: the one that it only includes, whose objects are the same, or itself. */
export function sameObjects(tree: string, folder: string): string {
  const files = fileNames.map((name) => join(tree, folder, name)).filter((file) => existsSync(file))
  const [text, ...others] = files.map((file) => readFileSync(file, 'utf8').replaceAll(/^#.*\n/gm, ''))
  const included = text && others.length === 0 && inclusion.exec(text)?.groups?.included
  const other = included && join(folder, included)
  return other && kustomizationIn(tree, other) ? other : folder
}

/**
 * Whether a kustomization reads one of these files.
 * @param files relative to the tree; some may have been deleted
 */
export function readsAny(tree: string, folder: string, files: Set<string>): boolean {
  return [...pathsNamed(tree, folder)].some((path) => files.has(path))
}

/** Unsets the variables by which git points a hook to its repository: the git that kustomize runs would use that repository. */
const outsideOfHook = Object.fromEntries(
  ['DIR', 'OBJECT_DIRECTORY', 'ALTERNATE_OBJECT_DIRECTORIES', 'QUARANTINE_PATH'].map((name) => [
    `GIT_${name}`,
    undefined,
  ]),
)

const origin = 'config.kubernetes.io/origin'

function withoutOrigin(object: KubernetesObject, wrapper: string): RenderedObject {
  const { [origin]: path = '', ...annotations } = object.metadata.annotations ?? {}
  const from = parse(path) as { path?: string; configuredIn?: string } | null
  const relative = from?.path ?? from?.configuredIn ?? ''
  const metadata = { ...object.metadata, annotations }
  if (Object.keys(annotations).length === 0) delete (metadata as Partial<typeof metadata>).annotations
  return { object: { ...object, metadata }, file: normalize(join(wrapper, relative)) }
}

/**
 * Renders one kustomization of a tree.
 * @param components Components to include, which it does not name
 * @throws an error with kustomize's output
 */
export async function render(tree: string, folder: string, components: string[] = []): Promise<RenderedObject[]> {
  // A kustomization around it adds the origin of each object, so that a mistake can name its file.
  const wrapper = join('.check', components[0] ?? folder)
  await mkdir(join(tree, wrapper), { recursive: true })
  const from = (path: string) => join(...wrapper.split('/').map(() => '..'), path)
  const content = { resources: [from(folder)], components: components.map(from), buildMetadata: ['originAnnotations'] }
  await writeFile(join(tree, wrapper, 'kustomization.yaml'), JSON.stringify(content))
  try {
    const { stdout } = await program('kustomize', ['build', wrapper], { cwd: tree, env: outsideOfHook })
    const objects = parseAllDocuments(String(stdout)).map((document) => document.toJS() as KubernetesObject)
    return objects.map((object) => withoutOrigin(object, wrapper))
  } finally {
    await rm(join(tree, wrapper, 'kustomization.yaml'))
  }
}

/** Whether a folder renders large manifests of other projects, which npm start installs or Argo CD fetches as add-ons. */
export function isFromOutside(folder: string): boolean {
  return /^clusters\/[^/]+\/(bootstrap\/argo-|options\/addons$)/.test(folder)
}
