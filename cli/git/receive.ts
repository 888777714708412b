/**
 * The pre-receive hook of the remote `cluster`. It accepts a push to main when every kustomization that the push changes
 * renders and the API server would accept every object. It rejects any other push, prints the file, the object and the
 * reason, and leaves the cluster as it is. It accepts other refs unchecked, because Argo CD does not read them.
 *
 * It reads git's lines "OLD NEW REF" from standard input, and exits with status 1 to reject the push.
 */
import { readFileSync } from 'node:fs'
import { fail, UserError } from '../errors.ts'
import { judge } from '../judge/judge.ts'
import { beforeOf, readJudged, writeJudged } from '../judge/judged.ts'
import { judgeRef, mainRef, type Update } from '../judge/refs.ts'
import { rejectHazards, rejectIf, rejectIfFrozen } from '../judge/rejection.ts'
import { withFiles } from '../judge/tree.ts'
import { loadedImages } from '../minikube/minikube.ts'
import { checkRunning } from '../minikube/node.ts'

/** The author's options: `git push -o verbose` shows the tools' full text, `-o allow=freeze` passes a freeze. */
const options = Object.entries(process.env).flatMap(([name, value]) =>
  value && /^GIT_PUSH_OPTION_\d+$/.test(name) ? [value] : [],
)

/**
 * Judges a revision of main.
 * @returns lines for the author of an accepted push
 * @throws {UserError} with a line for each mistake
 */
function checkRevision(old: string, revision: string): Promise<string[]> {
  // The cluster responds while git writes the files.
  const ready = Promise.all([beforeOf(readJudged(old), revision), checkRunning()])
  // Until somebody awaits it, its rejection would end the process.
  ready.catch(() => {})
  return withFiles(revision, async (tree) => {
    const [before] = await ready
    const { rendered, mistakes, changes, hazards } = await judge(revision, tree, before, loadedImages())
    rejectIf(mistakes, options.includes('verbose'))
    rejectHazards(hazards, options)
    await rejectIfFrozen(changes, options)
    await writeJudged({ revision, rendered: [...rendered] })
    return changes
  })
}

/** Reads git's lines "OLD NEW REF". */
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
  const answer = judged.flatMap(({ note }) => (note ? [`note: ${note}`] : []))
  for (const { ref, old, revision } of updates) {
    if (ref !== mainRef) continue
    answer.push(...(await checkRevision(old, revision)))
  }
  for (const line of answer) console.log(line)
}

await preReceive().catch(fail)
