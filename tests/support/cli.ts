import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../cli/settings.ts'
import { temporaryFolder } from './folder.ts'

/** Runs `npm run …` with an empty PATH and an empty home; `left` lists the files that it wrote there. */
export async function cli(args: string[], env: Record<string, string> = {}) {
  const home = temporaryFolder()
  // Node 22.18 and later start the CLI in half the time without tsx.
  const loader = 'typescript' in process.features ? [] : ['--import', 'tsx']
  const command = [...loader, join(root, 'cli/main.ts'), ...args]
  const options = { env: { PATH: home, HOME: home, XDG_CACHE_HOME: home, ...env }, reject: false } as const
  const { exitCode, stdout, stderr } = await execa(process.execPath, command, options)
  return { exitCode, stdout, stderr, left: await readdir(home) }
}
