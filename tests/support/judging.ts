/** Judges changes of the manifests as the hook would judge a push of them. */
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { type Before, judge, type Verdict } from '../../cli/judge/judge.ts'
import { isKustomization } from '../../cli/judge/render.ts'
import { withFiles } from '../../cli/judge/tree.ts'
import { testIdentity } from './gitops.ts'
import { copyOfTree } from './tree.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** About the working tree's manifests. */
    original: Verdict
  }
}

/** Judges the working tree once for all test files, which takes some seconds. */
export async function setup(project: TestProject): Promise<void> {
  const tree = await JudgedTree.make()
  project.provide('original', await tree.judgeAll())
}

/** A repository with the working tree's manifests as its only commit, for a test to change. */
export class JudgedTree {
  readonly folder: string
  #commit = 'HEAD'

  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(): Promise<JudgedTree> {
    const tree = new JudgedTree(await copyOfTree())
    tree.#commit = await tree.run(
      'git init --quiet && git add --all && git commit --quiet --message="what works" && git rev-parse HEAD',
    )
    return tree
  }

  /** Runs a shell command, which may commit, in the folder. */
  async run(command: string): Promise<string> {
    return (await execa(command, { shell: '/bin/sh', cwd: this.folder, env: testIdentity })).stdout
  }

  async #judge(before?: Before): Promise<Verdict> {
    const treeish = await this.run('git write-tree')
    process.env.GIT_DIR = join(this.folder, '.git')
    return withFiles(treeish, (folder) => judge(treeish, folder, before)).finally(() => delete process.env.GIT_DIR)
  }

  /** Judges all files. */
  judgeAll(): Promise<Verdict> {
    return this.#judge()
  }

  /** Judges the changes. @param files those that differ from the commit that renders to `rendered`, by default the first one */
  judge(files: string[], rendered = inject('original').rendered): Promise<Verdict> {
    const changed = new Set([...files, ...files.filter(isKustomization).map(dirname)])
    return this.#judge({ rendered, changed })
  }

  /** Stages all changes. @returns the files that differ from the first commit */
  async changes(): Promise<string[]> {
    return (await this.#diff('--name-only')).split('\n').filter(Boolean)
  }

  /** Stages all changes. @returns how many files are new, and how many lines of the others are added or removed */
  async counts(): Promise<{ created: number; lines: number }> {
    const numbers = async (filter: string) =>
      [...(await this.#diff(`--numstat ${filter}`)).matchAll(/^(\d+)\t(\d+)/gm)].map(
        ([, one, two]) => Number(one) + Number(two),
      )
    const [created, changed] = [await numbers('--diff-filter=A'), await numbers('--diff-filter=a')]
    return { created: created.length, lines: changed.reduce((sum, lines) => sum + lines, 0) }
  }

  #diff(options: string): Promise<string> {
    return this.run(`git add --all && git diff --cached --no-renames ${options} ${this.#commit}`)
  }

  /** Takes all changes and commits back. */
  async reset(): Promise<void> {
    await this.run(`git reset --quiet --hard ${this.#commit} && git clean --quiet -fd`)
  }
}
