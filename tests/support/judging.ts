/** Judges changes of the manifests as the hook would judge a push of them. */
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { judge, type Verdict } from '../../cli/judge/judge.ts'
import { isKustomization } from '../../cli/judge/render.ts'
import { withFiles } from '../../cli/judge/tree.ts'
import { testIdentity } from './gitops.ts'
import { copyOfTree } from './tree.ts'

/** A repository with the working tree's manifests as its only commit, for a test to change. */
export class JudgedTree {
  readonly folder: string
  #commit = 'HEAD'
  #original: Verdict | undefined

  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(): Promise<JudgedTree> {
    const tree = new JudgedTree(await copyOfTree())
    await tree.#git('init', '--quiet')
    await tree.#git('add', '--all')
    await tree.#git('commit', '--quiet', '--message', 'what works')
    tree.#commit = await tree.#git('rev-parse', 'HEAD')
    tree.#original = await tree.judge([])
    return tree
  }

  /** The verdict about the unchanged manifests. */
  get original(): Verdict {
    if (!this.#original) throw new Error('nobody has judged the tree yet')
    return this.#original
  }

  async #git(...args: string[]): Promise<string> {
    return (await execa('git', args, { cwd: this.folder, env: testIdentity })).stdout
  }

  /** Judges the changes. @param files those that differ from the commit */
  async judge(files: string[]): Promise<Verdict> {
    const treeish = await this.#git('write-tree')
    const changed = new Set([...files, ...files.filter(isKustomization).map(dirname)])
    vi.stubEnv('GIT_DIR', join(this.folder, '.git'))
    const before = this.#original && { rendered: this.#original.rendered, changed }
    return withFiles(treeish, (folder) => judge(treeish, folder, before)).finally(() => vi.unstubAllEnvs())
  }

  /** Stages all changes. @returns the files that differ from the first commit */
  async changes(): Promise<string[]> {
    return (await this.#diff('--name-only')).split('\n').filter(Boolean)
  }

  /** Stages all changes. @returns how many files are new, and how many lines of the others are added or removed */
  async counts(): Promise<{ created: number; lines: number }> {
    const numbers = async (filter: string) =>
      [...(await this.#diff('--numstat', filter)).matchAll(/^(\d+)\t(\d+)/gm)].map(
        ([, one, two]) => Number(one) + Number(two),
      )
    const [created, changed] = [await numbers('--diff-filter=A'), await numbers('--diff-filter=a')]
    return { created: created.length, lines: changed.reduce((sum, lines) => sum + lines, 0) }
  }

  async #diff(...options: string[]): Promise<string> {
    await this.#git('add', '--all')
    return this.#git('diff', '--cached', '--no-renames', ...options, this.#commit)
  }

  /** Runs a shell command, which may commit, in the folder. */
  async run(command: string): Promise<void> {
    await execa(command, { shell: '/bin/sh', cwd: this.folder, env: testIdentity })
  }

  /** Takes all changes and commits back. */
  async reset(): Promise<void> {
    await this.#git('reset', '--quiet', '--hard', this.#commit)
    await this.#git('clean', '--quiet', '-fd')
  }
}
