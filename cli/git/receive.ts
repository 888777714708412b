/**
 * The pre-receive hook of the remote `cluster`: it accepts a push to main when every kustomization that the push changes
 * renders, and the API server would accept every object. It rejects anything else with file, object and reason, and the
 * cluster does not move. Other refs are kept, and change nothing.
 *
 * Reads git's lines "OLD NEW REF" from standard input; exit status 1 rejects the push.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { fail, UserError } from '../errors.ts'
import { missingImages } from '../images/app-images.ts'
import { check, isFromOutside, kustomizations, type Mistake, readsAny } from '../judge/manifests.ts'
import { judgeRef, mainRef, type Update } from '../judge/refs.ts'
import { isKialiOn, kialiCommand, kialiImage, optionsFile } from '../kiali.ts'
import { loadedImages } from '../minikube/minikube.ts'
import { checkRunning } from '../minikube/node.ts'
import { paths, rememberedChoices } from '../settings.ts'

/** Hashes of objects that the cluster has already found good, so that a push asks only for what it changes. */
const checkedFile = join(paths.run, 'checked.json')

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/**
 * Files that differ from what the cluster runs; undefined when anything may be wrong: at the first push, and when a
 * kustomization comes or goes, which an Application may name.
 */
async function changedFiles(old: string, revision: string): Promise<Set<string> | undefined> {
  if (/^0+$/.test(old) || !existsSync(checkedFile)) return undefined
  // As they are: git puts names with other than ASCII characters in quotes.
  const options = ['-c', 'core.quotePath=off', 'diff', '--name-status', '--no-renames']
  const { stdout } = await execa('git', [...options, old, revision])
  const changes = stdout.split('\n').filter(Boolean)
  if (changes.some((change) => /^[^M].*\bkustomization\.yaml$/.test(change))) return undefined
  return new Set(changes.map((change) => change.slice(2)))
}

/** Where images are built the node has Kiali's only when somebody has asked for it, and its pod would wait for ever. */
function kialiMistakes(tree: string, loaded: Set<string>): Mistake[] {
  const isMissing = rememberedChoices()?.images === 'built' && !loaded.has(kialiImage)
  const file = join(tree, optionsFile)
  if (!isMissing || !existsSync(file) || !isKialiOn(readFileSync(file, 'utf8'))) return []
  return [{ file: optionsFile, reason: `apps/kiali needs an image that is built first, by: ${kialiCommand}` }]
}

async function checkRevision(old: string, revision: string): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'push-'))
  try {
    await execa('git', ['archive', revision], { buffer: false }).pipe('tar', ['--extract', '--directory', tree])
    const changed = await changedFiles(old, revision)
    const checked = new Set<string>(existsSync(checkedFile) ? JSON.parse(readFileSync(checkedFile, 'utf8')) : [])
    const folders = (await kustomizations(tree))
      .filter((folder) => !isFromOutside(folder))
      .filter((folder) => !changed || readsAny(tree, folder, changed))
    const loaded = await loadedImages()
    const { rendered, mistakes } = await check(tree, folders, (json) => checked.has(hash(json)))
    mistakes.push(...kialiMistakes(tree, loaded))
    if (mistakes.length > 0) {
      const lines = mistakes.map(
        ({ file, object, reason }) => `  ${[file, object].filter(Boolean).join(': ')}: ${reason}`,
      )
      throw new UserError(`the push is rejected:\n${lines.join('\n')}`)
    }
    const good = rendered.map(({ object }) => hash(JSON.stringify(object)))
    await writeFile(checkedFile, JSON.stringify([...new Set([...(changed ? checked : []), ...good])]))
    const missing = missingImages(
      rendered.map(({ object }) => object),
      loaded,
    )
    for (const image of missing)
      console.log(`note: the cluster has no image ${image.name}; make it with: ${image.remedy}`)
  } finally {
    await rm(tree, { recursive: true })
  }
}

/** Lines "OLD NEW REF". */
function readUpdates(): Update[] {
  const lines = readFileSync(0, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [old = '', revision = '', ref = ''] = line.split(' ')
    return { old, revision, ref }
  })
}

async function preReceive(): Promise<void> {
  const updates = readUpdates()
  const judged = updates.map(judgeRef)
  const refusals = judged.flatMap(({ refusal }) => refusal ?? [])
  if (refusals.length > 0) throw new UserError(refusals.join('\n'))
  for (const { ref, old, revision } of updates) {
    if (ref !== mainRef) continue
    await checkRunning()
    await checkRevision(old, revision)
  }
  for (const { note } of judged) if (note) console.log(`note: ${note}`)
}

await preReceive().catch(fail)
