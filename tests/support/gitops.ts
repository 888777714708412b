/** A user's clone of the cluster's repository: edits, commits and pushes, and restores everything at the end. */
import { appendFile, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { isWell } from '../../cli/application.ts'
import { applications, reasons } from '../../cli/health.ts'
import { clusterFolder, paths, root } from '../../cli/settings.ts'
import { until } from '../../cli/wait.ts'
import { temporaryFolder } from './folder.ts'

/** For commands that commit as the user. */
export const testIdentity = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

export type Overlay = 'v1' | 'split' | 'canary' | 'canary-auto' | 'canary-by-user' | 'canary-mirror' | 'blue-green'

export class Clone {
  readonly folder: string
  /** Commit that the cluster ran before the test. */
  readonly original: string

  private constructor(folder: string, original: string) {
    this.folder = folder
    this.original = original
  }

  static async make(): Promise<Clone> {
    const folder = temporaryFolder()
    await execa('git', ['clone', '--quiet', paths.git, folder])
    const clone = new Clone(folder, '')
    await clone.git('config', 'user.name', 'Test')
    await clone.git('config', 'user.email', 'test@example.com')
    return new Clone(folder, await clone.head())
  }

  /** Gives the clone what a user's has after `npm start`: the packages, the cluster's state, and the remote `cluster`. */
  async addUserSetup(): Promise<void> {
    for (const name of ['node_modules', '.cluster']) {
      await symlink(join(root, name), join(this.folder, name))
      // .gitignore has them as folders, which a link is not.
      await appendFile(join(this.folder, '.git/info/exclude'), `/${name}\n`)
    }
    await this.git('remote', 'add', 'cluster', paths.git)
  }

  private async git(...args: string[]): Promise<string> {
    return (await execa('git', args, { cwd: this.folder })).stdout
  }

  head(): Promise<string> {
    return this.git('rev-parse', 'HEAD')
  }

  /** Replaces text in a file. @throws when the file does not have the text */
  async edit(file: string, from: string | RegExp, to: string): Promise<void> {
    const path = join(this.folder, file)
    const before = await readFile(path, 'utf8')
    const after = before.replace(from, to)
    if (after === before) throw new Error(`${file} has no ${from}, or it has the new text already`)
    await writeFile(path, after)
  }

  /** Commits and pushes; returns git's output, and whether the remote accepted the push. */
  async push(
    message: string,
    { refspec = 'HEAD:main', options = [] as string[] } = {},
  ): Promise<{ accepted: boolean; output: string }> {
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--allow-empty', '--message', message)
    const args = ['push', ...options, 'origin', refspec]
    const push = await execa('git', args, { cwd: this.folder, all: true, reject: false })
    return { accepted: push.exitCode === 0, output: push.all }
  }

  /** Restores the files that the cluster had in the beginning, for the next commit. */
  async putBack(): Promise<void> {
    await this.git('checkout', '--quiet', this.original, '--', '.')
  }

  /** Drops commits that the remote rejected. */
  async reset(): Promise<void> {
    await this.git('fetch', '--quiet')
    await this.git('reset', '--quiet', '--hard', 'origin/main')
    await this.git('clean', '--quiet', '-fd')
  }

  /** Makes the one-line change that selects the overlay of web-api. */
  async useOverlay(overlay: Overlay): Promise<void> {
    await this.edit(`${clusterFolder}/web-api/kustomization.yaml`, /overlays\/[\w-]+/, `overlays/${overlay}`)
    const { accepted, output } = await this.push(`web-api: overlay ${overlay}`)
    if (!accepted) throw new Error(output)
  }

  /** Makes the one-line change that releases a version in overlay canary; returns git's output. */
  async release(version: string): Promise<string> {
    await this.edit('overlays/canary/kustomization.yaml', /newTag: \S+/, `newTag: ${version}`)
    const { output } = await this.push(`web-api ${version}`)
    return output
  }

  /** Waits until all Applications have synced the clone's HEAD and are healthy. */
  async synced(): Promise<void> {
    const head = await this.head()
    const all = async () => (await applications()).every((app) => app.revision === head && isWell(app))
    await until(`Argo CD to sync ${head.slice(0, 7)}`, all, { seconds: 240, why: reasons })
  }

  /** Restores the commit that the cluster ran before the test. */
  async restore(...options: string[]): Promise<void> {
    await this.git('reset', '--quiet', '--hard', this.original)
    await this.git('push', '--quiet', '--force', ...options, 'origin', 'HEAD:main')
    await this.synced()
  }
}
