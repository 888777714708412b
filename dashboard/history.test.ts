import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/support/folder.ts'
import { readPushes } from './history.ts'

const file = 'overlays/canary/kustomization.yaml'

test('each push is found with its own time, who pushed, and the version, also when it was forced', async () => {
  const folder = temporaryFolder()
  const [bare, clone] = [join(folder, 'git'), join(folder, 'clone')]
  const env = { GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'a@x', GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'a@x' }
  const git = (args: string[], more = {}) => execa('git', args, { cwd: clone, env: { ...env, ...more } })
  await mkdir(clone)
  await git(['init', '--quiet', '--bare', '--initial-branch=main', bare])
  await git(['config', '--file', join(bare, 'config'), 'core.logAllRefUpdates', 'true'])
  expect(await readPushes(bare)).toEqual([])

  await git(['init', '--quiet', '--initial-branch=main'])
  const commit = async (version: string) => {
    await mkdir(join(clone, 'overlays/canary'), { recursive: true })
    await writeFile(join(clone, file), `images:\n  - newTag: ${version} # released\n`)
    await git(['add', '--all'])
    // The commit is older than its push.
    await git(['commit', '--quiet', `--message=web-api ${version}`], { GIT_COMMITTER_DATE: '@1000000000 +0000' })
  }
  const push = (seconds: number, ...options: string[]) =>
    git(['push', '--quiet', ...options, bare, 'HEAD:main'], { GIT_COMMITTER_DATE: `@${seconds} +0000` })
  await commit('1.0.0')
  await push(1_700_000_000)
  await commit('2.2.0')
  await push(1_700_000_100)
  await git(['reset', '--quiet', '--hard', 'HEAD^'])
  await push(1_700_000_200, '--force')

  const pushes = await readPushes(bare)
  expect(pushes.map(({ at, by, subject, version }) => [at / 1000, by, subject, version])).toEqual([
    [1_700_000_000, 'Ann', 'web-api 1.0.0', '1.0.0'],
    [1_700_000_100, 'Ann', 'web-api 2.2.0', '2.2.0'],
    [1_700_000_200, 'Ann', 'web-api 1.0.0', '1.0.0'],
  ])
  expect(pushes[2]?.hash).toBe(pushes[0]?.hash)
})
