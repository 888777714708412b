/** Common scanners must find nothing in the objects that Argo CD syncs. support/scanners.ts has the exceptions, with their reasons. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '../../cli/judge/objects.ts'
import { render } from '../../cli/judge/render.ts'
import { root } from '../../cli/settings.ts'
import { checkov, type Exception, exceptions, exceptionsFor, kubeScore, scanner } from '../support/scanners.ts'
import { copyOfTree } from '../support/tree.ts'

let tree: string

beforeAll(async () => {
  tree = await copyOfTree()
})

async function rendered(folders: string[]): Promise<KubernetesObject[]> {
  return (await Promise.all(folders.map((folder) => render(tree, folder)))).flat().map(({ object }) => object)
}

/** The folders that a cluster's Applications sync, by the overlay of web-api, and the server of the git remote. */
const services = ['platform', 'mesh', 'monitoring', 'tracing', 'kiali', 'articles', 'authors', 'web-app'].map(
  (part) => `base/${part}`,
)
const clusters: [string, string[]][] = [
  ['overlay v1', [...services, 'overlays/v1', 'clusters/minikube/bootstrap/git']],
  ['overlay split', [...services, 'overlays/split']],
  ['overlay canary', [...services, 'overlays/canary']],
  [
    'production',
    ['platform', 'mesh', 'monitoring', 'articles', 'authors', 'web-api', 'web-app'].map(
      (part) => `clusters/production/${part}`,
    ),
  ],
]

const used = new Set<Exception>()

describe.each([
  ['kube-score', kubeScore],
  ['checkov', checkov],
])('%s', (_, scan) => {
  test.each(clusters)('finds nothing in %s', async (_, folders) => {
    const objects = await rendered(folders)
    const { examined, findings } = await scan(objects)
    const accepted = findings.map(exceptionsFor)
    expect(findings.filter((_, index) => accepted[index]?.length === 0).map(({ text }) => text)).toEqual([])
    for (const exception of accepted.flat()) used.add(exception)
    expect(examined).toBeGreaterThan(20)
  })

  test('reports a privileged Rollout', async () => {
    const bad = parse(await readFile(join(root, 'tests/fixtures/privileged-rollout.yaml'), 'utf8'))
    const mistakes = (await scan([bad])).findings.filter((finding) => exceptionsFor(finding).length === 0)
    expect(mistakes.map(({ text }) => text).join('\n')).toMatch(/privileged/i)
  })
})

test('every exception accepts a finding of the tests above', () => {
  expect(exceptions.filter((exception) => !used.has(exception)).map(({ checks }) => checks)).toEqual([])
})

test('hadolint finds nothing in any Containerfile', async () => {
  const { stdout: files } = await execa('git', ['ls-files', '*Containerfile'], { cwd: root })
  const names = files.split('\n')
  expect(names.length).toBeGreaterThan(10)
  const { all } = await execa(await scanner('hadolint'), names, { cwd: root, all: true, reject: false })
  expect(all).toBe('')
})

test('zizmor finds nothing in any workflow', async () => {
  const args = ['--offline', '--no-progress', '--format=json', '.github']
  const { stdout } = await execa(await scanner('zizmor'), args, { cwd: root, reject: false })
  expect(JSON.parse(stdout)).toEqual([])
})
