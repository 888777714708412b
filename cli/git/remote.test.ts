import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/support/folder.ts'
import { testIdentity } from '../../tests/support/gitops.ts'
import { giveToOwner } from '../owner.ts'
import { completeHistory } from './remote.ts'

const git = async (cwd: string, ...args: string[]) => (await execa('git', args, { cwd, env: testIdentity })).stdout

const commit = (cwd: string) => git(cwd, 'commit', '--quiet', '--allow-empty', '--message=one more')

async function repository(): Promise<string> {
  const folder = temporaryFolder()
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  for (let count = 0; count < 3; count++) await commit(folder)
  return folder
}

async function clone(of: string, ...options: string[]): Promise<string> {
  const folder = temporaryFolder()
  await git(folder, 'clone', '--quiet', ...options, `file://${of}`, '.')
  return folder
}

describe('a clone with --depth 1', () => {
  test('pushes to a remote that has the whole history', async () => {
    const bare = await clone(await repository(), '--bare')
    const shallow = await clone(bare, '--depth=1')
    await commit(shallow)
    await git(shallow, 'push', '--quiet', 'origin', 'HEAD:main')
    expect(await git(bare, 'rev-parse', 'main')).toBe(await git(shallow, 'rev-parse', 'HEAD'))
    expect(existsSync(join(bare, 'shallow'))).toBe(false)
  })

  test('gets the rest of its history before npm start pushes it', async () => {
    const shallow = await clone(await repository(), '--depth=1')
    await completeHistory(shallow)
    expect((await git(shallow, 'log', '--format=%h')).split('\n')).toHaveLength(3)
    await completeHistory(shallow)
  })

  test('names the command to run when its origin does not answer', async () => {
    const shallow = await clone(await repository(), '--depth=1')
    await git(shallow, 'remote', 'set-url', 'origin', '/nowhere')
    await expect(completeHistory(shallow)).rejects.toThrow(/Argo CD needs the whole history: git fetch --unshallow/)
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'the owner of a clone can push to a repository that root created in it',
  async () => {
    const other = { uid: 65534, gid: 65534 }
    const folder = await clone(await repository())
    const bare = join(folder, 'bare')
    mkdirSync(bare)
    await git(bare, 'init', '--quiet', '--bare')
    chownSync(folder, other.uid, other.gid)
    for (const path of [folder, dirname(folder)]) chmodSync(path, 0o755)
    const push = () =>
      execa('git', ['push', bare, 'HEAD:refs/heads/main'], {
        cwd: folder,
        ...other,
        reject: false,
        env: { HOME: folder },
      })
    await giveToOwner([join(folder, '.git')], folder)
    expect((await push()).stderr).toContain('dubious ownership')
    await giveToOwner([bare, join(folder, 'not-there')], folder)
    expect(await push()).toMatchObject({ exitCode: 0 })
  },
)
