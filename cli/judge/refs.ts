/** Decides which refs the remote accepts: refs/heads/main, which Argo CD reads, and all others that git could not take for it. */

/** One of the lines that git sends to the hook. */
export interface Update {
  old: string
  revision: string
  ref: string
}

export const mainRef = 'refs/heads/main'

/** Where git looks for an abbreviated ref, in git's order (git help revisions). */
const places = ['refs/%', 'refs/tags/%', 'refs/heads/%', 'refs/remotes/%', 'refs/remotes/%/HEAD']
const namesOfMain = ['main', 'heads/main', mainRef]
const lookalikes = new Set(places.flatMap((place) => namesOfMain.map((name) => place.replace('%', name))))

function isDeletion({ revision }: Update): boolean {
  return /^0+$/.test(revision)
}

/** @returns why the remote rejects the update, or else a note for its author */
export function judgeRef(update: Update): { refusal?: string; note?: string } {
  const { ref } = update
  if (ref === mainRef) return isDeletion(update) ? { refusal: 'the cluster runs main: it cannot be deleted' } : {}
  const name = ref.replace(/^refs\/(heads|tags)\//, '')
  if (isDeletion(update)) return { note: `Argo CD reads only main: without ${name} nothing changes in the cluster` }
  if (lookalikes.has(ref))
    return { refusal: `${ref}: git could confuse it with main, which Argo CD reads: use another name` }
  return { note: `Argo CD reads only main: ${name} is kept without a check and changes nothing in the cluster` }
}
