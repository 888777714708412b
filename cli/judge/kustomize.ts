/** Shortens kustomize's errors, which list every file on the way to the reason, and finds what kustomize ignores. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { imagesIn } from '../images/app-images.ts'
import type { Mistake, RenderedObject } from './objects.ts'
import { kustomizationIn, pathsNamed } from './render.ts'

/** The text before the reason. */
const story =
  /accumulation err='|(?:accumulating|merging) resources(?: from '[^']*')?: |(?:recursed accumulation of|couldn't make target for|recursed merging from) path '[^']*': |'[^']*' must resolve to a file': /g

const id = /\b([A-Z]\w+)\.[\w.[\]]+\/([\w.-]+?)\.(?:\[noNs\]|[\w-]+)(?![\w.])/g

/** The error without the quotation marks that kustomize puts around an error in a Component, once more for each level. */
function unquoted(text: string): string {
  const next = text.replace(/accumulating components: accumulateDirectory: "((?:[^"\\]|\\.)*)"/, (_, inner: string) =>
    inner.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
  )
  return next === text ? text : unquoted(next)
}

function lastGroup(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1]
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** Finds the file with a duplicate key, of which kustomize prints only the line. */
function fileWithDuplicate(tree: string, folder: string): string | undefined {
  const files = [...pathsNamed(tree, folder)].filter((path) => /\.ya?ml$/.test(path) && isFile(join(tree, path)))
  return files.find((path) => {
    const documents = parseAllDocuments(readFileSync(join(tree, path), 'utf8'))
    return documents.some(({ errors }) => errors.some(({ code }) => code === 'DUPLICATE_KEY'))
  })
}

function reasonIn(text: string): string {
  const end = [...text.matchAll(story)].at(-1)
  const core = text.slice(end ? end.index + end[0].length : 0).replace(/': must build at directory.*/, '')
  return core
    .replace(/^.*(?=lstat |git fetch )/, '')
    .replaceAll(/^lstat |^map\[.*?\(nil\): (yaml: unmarshal errors: )?|^MalformedYAMLError: yaml: | in File: \S+$/g, '')
    .replaceAll(id, '$1/$2')
}

/**
 * Converts kustomize's error to a mistake.
 * @param folder the kustomization that does not build
 * @param stderr kustomize's output
 */
export function mistakeOf(tree: string, folder: string, stderr: string): Mistake {
  const details = unquoted(stderr.replace(/^Error: /, '').replaceAll(`${tree}/`, '')).trim()
  const text = details.replaceAll(/\s+/g, ' ')
  const place = lastGroup(text, /(?:recursed accumulation of|couldn't make target for) path '([^']+)'/g) ?? folder
  const named = lastGroup(text, /(?:resources from '|in File: )([^'\s]+)/g)
  const path = named && normalize(join(place, named))
  const file = path && isFile(join(tree, path)) ? path : undefined
  const reason = reasonIn(text)
  const duplicate = /already defined at line/.test(reason) ? fileWithDuplicate(tree, folder) : undefined
  return { file: duplicate ?? file ?? kustomizationIn(tree, place) ?? place, reason, details }
}

/** kustomize ignores an entry of `images` whose name no container has. @param objects what the folder renders to */
export function judgeImages(tree: string, folder: string, objects: RenderedObject[]): Mistake[] {
  const file = kustomizationIn(tree, folder)
  const text = file ? readFileSync(join(tree, file), 'utf8') : ''
  if (!file || !/^images:/m.test(text)) return []
  const used = [...imagesIn(objects.map(({ object }) => object))]
  const { images } = parse(text) as { images: { name: string; newName?: string }[] }
  return images.flatMap(({ name, newName = name }) =>
    used.some((image) => image.startsWith(`${newName}:`) || image.startsWith(`${newName}@`))
      ? []
      : [{ file, reason: `images: no container has the image ${name}` }],
  )
}
