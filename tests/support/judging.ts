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
  #original: Verdict | undefined

  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(): Promise<JudgedTree> {
    const tree = new JudgedTree(await copyOfTree())
    await tree.#git('init', '--quiet')
    await tree.#git('add', '--all')
    await tree.#git('commit', '--quiet', '--message', 'what works')
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

  /** Stages all changes. @returns the files that differ from the commit */
  async changes(): Promise<string[]> {
    await this.#git('add', '--all')
    return (await this.#git('diff', '--cached', '--name-only', '--no-renames', 'HEAD')).split('\n').filter(Boolean)
  }

  /** Takes all changes back. */
  async reset(): Promise<void> {
    await this.#git('reset', '--quiet', '--hard')
    await this.#git('clean', '--quiet', '-fd')
  }
}
