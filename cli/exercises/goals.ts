/** Goals of an exercise: what one is, and those that several exercises have. */
import { clusterFolder } from '../settings.ts'
import { isBehind, type Texts, textsOf, waitingFor } from './facts.ts'

/** What a goal's check has found, in a sentence. */
export interface Finding {
  isReached: boolean
  /** Why it is right, or what is missing and what to do. */
  says: string
}

export const right = (says: string): Finding => ({ isReached: true, says })
export const missing = (says: string): Finding => ({ isReached: false, says })

export interface Goal {
  /**
   * The name under which `.cluster/` remembers that the goal was reached: set for what the cluster does not show later, such as an
   * abort.
   */
  event?: string
  /** @param since when the exercise began (ISO 8601) */
  check: (since: string) => Promise<Finding>
}

export const push = 'git push cluster HEAD:main'

/** A line in git with a value. */
export interface Setting {
  file: string
  /** Its group is the value. */
  pattern: RegExp
}

export const overlay: Setting = {
  file: `${clusterFolder}/web-api/kustomization.yaml`,
  pattern: /^ *- \S*overlays\/([\w-]+)/m,
}

export const version: Setting = { file: 'overlays/canary/kustomization.yaml', pattern: /^ *newTag: (\S+)/m }

/** Whether the remote has the value; if not, where the change has stopped. */
export function settingFinding(
  setting: Setting,
  wanted: string,
  texts: Texts,
  isBehind: boolean,
  why: string,
): Finding {
  const { file, pattern } = setting
  const valueIn = (text = '') => pattern.exec(text)?.[1]
  if (valueIn(texts.remote) === wanted) return right(why)
  const found = pattern.exec(texts.tree ?? '')
  if (!found?.[1]) return missing(`${file} has no line for ${wanted}: git log -p -- ${file} shows it; restore it.`)
  if (found[1] === wanted)
    return missing(stopped(file, texts, isBehind) ?? `${file} has ${wanted} now: run this again.`)
  const line = found.input.slice(0, found.index).split('\n').length
  return missing(`${file}:${line} has ${found[1]}: change it to ${wanted}, commit, and run: ${push}`)
}

/** Where a change of a file has stopped on its way to the remote; undefined when the remote has the file as it is. */
function stopped(file: string, { tree, head, remote }: Texts, isBehind: boolean): string | undefined {
  if (tree !== head) return `Your change of ${file} is not committed: git commit --all --message '…', then ${push}`
  if (head === remote) return undefined
  if (isBehind) return `The remote has commits that your branch lacks: git pull cluster main, then look again.`
  return `The remote does not have your commit that changes ${file}: ${push}; if the remote rejects it, its message says why.`
}

/** A goal that the remote has that value. */
export const inGit = (setting: Setting, wanted: string, why: string): Goal => ({
  check: async () => settingFinding(setting, wanted, await textsOf(setting.file), await isBehind(), why),
})

export const overlayIs = (name: string, why: string) => inGit(overlay, name, why)
export const versionIs = (wanted: string, why: string) => inGit(version, wanted, why)

/** Where a goal's state comes from. */
interface Origin {
  /** The files that the user changes for it. */
  files: string[]
  /** The Applications that sync them; by default web-api. */
  parts?: string[]
}

/** A goal that is missing: because a change has stopped on its way, because Argo CD still syncs, or else because of that sentence. */
export async function notYet({ files, parts = ['web-api'] }: Origin, sentence: string): Promise<Finding> {
  for (const file of files) {
    const reason = stopped(file, await textsOf(file), await isBehind())
    if (reason) return missing(reason)
  }
  return missing((await waitingFor(parts)) ?? sentence)
}
