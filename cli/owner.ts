/** Lets the owner of the clone continue without sudo when `npm start` has run with it. */
import { existsSync, statSync } from 'node:fs'
import { execa } from 'execa'
import { root } from './settings.ts'

/** As root, gives files and folders to the owner of the clone, because git rejects repositories of other users. */
export async function giveToOwner(files: string[], clone = root): Promise<void> {
  const { uid, gid } = statSync(clone)
  if (process.getuid?.() !== 0 || uid === 0) return
  await execa('chown', ['-R', `${uid}:${gid}`, ...files.filter((file) => existsSync(file))])
}
