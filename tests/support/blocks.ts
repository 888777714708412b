/** Runs the shell blocks of pages in a clone, as their readers do. */
import { expect } from '@playwright/test'
import { execa } from 'execa'
import { toolEnvironment } from '../../cli/tools.ts'
import type { Clone } from './gitops.ts'
import type { Block } from './pages.ts'

/** Runs a command, which fails only when its comment says that something rejects it. @returns what it prints */
async function run(command: string, { folder }: Clone): Promise<string> {
  // A user's shell has this environment after the `export` line that npm start prints.
  const options = { shell: true, cwd: folder, env: toolEnvironment(), stdin: 'ignore' } as const
  const { failed, all } = await execa(command, { ...options, all: true, reject: false })
  // A version of an earlier run never changes, so it cannot be built again.
  const isExpected = /# .*\brejects\b/.test(command) || all.includes('is there already')
  expect(failed, `${command}\n${all}`).toBe(isExpected)
  return all
}

/** Runs the commands of a block, and expects the output that the page promises. Waits until Argo CD has synced what they push. */
export async function runBlock(clone: Clone, { commands, output }: Block): Promise<void> {
  const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')
  let printed = ''
  for (const command of commands) printed += await run(command, clone)
  for (const line of output) expect(oneLine(printed)).toContain(oneLine(line))
  if (commands.some((command) => /^(git push|git pull|npm run fault)\b/.test(command))) await clone.synced()
}
