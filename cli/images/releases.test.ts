import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/support/folder.ts'
import { fetchRelease } from './releases.ts'

const program = '#!/bin/sh\necho v9\n'

/** A server of releases, and a folder for the programs. `asked` counts the requests. */
async function serve(checksum: string) {
  const folder = temporaryFolder()
  const served = { asked: 0 }
  const server = createServer(({ url }, response) => {
    served.asked++
    response.end(url === '/tool-linux' ? program : `${checksum}  tool-linux\n${'0'.repeat(64)}  another\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const release = { name: 'tool', version: 'v9', url: `${base}/tool-linux`, checksums: `${base}/checksums.txt` }
  return { folder, served, release }
}

test('a program is fetched once, and runs', async () => {
  const { folder, served, release } = await serve(createHash('sha256').update(program).digest('hex'))
  const file = await fetchRelease(release, folder)
  expect((await execa(file)).stdout).toBe('v9')
  const { asked } = served
  expect(await fetchRelease(release, folder)).toBe(file)
  expect(served.asked).toBe(asked)
})

test('a program that is not what its checksum says is rejected, and leaves nothing', async () => {
  const { folder, release } = await serve('1'.repeat(64))
  await expect(fetchRelease(release, folder)).rejects.toThrow(/tool-linux does not match .*checksums\.txt/)
  expect(await readdir(folder)).toEqual([])
})
