/** Folders that are removed when the tests end, whether they pass or fail. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder, which this process removes when it exits. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'canary-'))
  folders.push(folder)
  return folder
}
