import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { serve } from '../../services/shared/src/testing.ts'
import { temporaryFolder } from '../../tests/support/folder.ts'
import { fetchRelease } from './releases.ts'

const program = '#!/bin/sh\necho v9\n'

/** Starts a server of releases, and creates a folder for the programs. `asked` counts the requests. */
async function serveReleases(checksum: string) {
  const folder = temporaryFolder()
  const served = { asked: 0 }
  const base = await serve(({ url }, response) => {
    served.asked++
    response.end(url === '/tool-linux' ? program : `${checksum}  tool-linux\n${'0'.repeat(64)}  another\n`)
  })
  const release = { name: 'tool', version: 'v9', url: `${base}/tool-linux`, checksums: `${base}/checksums.txt` }
  return { folder, served, release }
}

test('fetchRelease downloads a program once, and makes it executable', async () => {
  const { folder, served, release } = await serveReleases(createHash('sha256').update(program).digest('hex'))
  const file = await fetchRelease(release, folder)
  expect((await execa(file)).stdout).toBe('v9')
  const { asked } = served
  expect(await fetchRelease(release, folder)).toBe(file)
  expect(served.asked).toBe(asked)
})

test('fetchRelease rejects a program with a wrong checksum, and leaves no files', async () => {
  const { folder, release } = await serveReleases('1'.repeat(64))
  await expect(fetchRelease(release, folder)).rejects.toThrow(/tool-linux does not match .*checksums\.txt/)
  expect(await readdir(folder)).toEqual([])
})
