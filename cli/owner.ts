/** Whose files the cluster's are: where `npm start` runs with sudo, the clone's owner goes on without. */
import { existsSync, statSync } from 'node:fs'
import { execa } from 'execa'
import { root } from './settings.ts'

/** Gives files and folders, where root made them, to the owner of the clone: git refuses other users' repositories. */
export async function giveToOwner(files: string[], clone = root): Promise<void> {
  const { uid, gid } = statSync(clone)
  if (process.getuid?.() !== 0 || uid === 0) return
  await execa('chown', ['-R', `${uid}:${gid}`, ...files.filter((file) => existsSync(file))])
}
