/** The versions of web-api that git has had. */
import { execa } from 'execa'

/** The file with the version of web-api. */
export const versionFile = 'overlays/canary/kustomization.yaml'

/**
 * The version in each of these commits, by hash; commits without the file have none.
 * @param repository a folder of git's: a bare repository, or .git
 */
export async function versionsIn(repository: string, commits: string[]): Promise<Map<string, string>> {
  const args = ['--git-dir', repository, 'grep', '-e', 'newTag: ', ...commits, '--', versionFile]
  const { stdout } = await execa('git', args, { reject: false })
  return new Map(
    stdout.split('\n').map((line) => {
      const [, hash = '', version = ''] = /^(\w+):.*newTag: (\S+)/.exec(line) ?? []
      return [hash, version] as const
    }),
  )
}
