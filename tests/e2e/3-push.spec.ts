/** The remote `cluster` accepts only pushes that the cluster would accept. */
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { runOnNode } from '../../cli/minikube/minikube.ts'
import { paths, root } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'
import { brokenPushes } from '../broken-pushes.ts'
import { goodChanges, hasHistory, takeBack } from '../good-changes.ts'
import { Clone } from '../support/gitops.ts'

let clone: Clone

test.beforeAll(async () => {
  clone = await Clone.make()
})

test.afterEach(() => clone.reset())

test.afterAll(() => clone.restore())

async function clusterState(): Promise<string> {
  const main = await execa('git', ['--git-dir', paths.git, 'rev-parse', 'main'])
  const versions = '--output=jsonpath={range .items[*]}{.kind}={.metadata.resourceVersion} {end}'
  const objects = await kubectl(['get', 'virtualservices,destinationrules,gateways,services', versions])
  return [main.stdout, ...objects.split(' ').sort()].join(' ')
}

/** Broken pushes that only the cluster finds, or that only a real push can have. */
const pushed = brokenPushes.filter(({ by, needsCluster }) => needsCluster || by === 'git')

for (const { name, change, refspec = 'HEAD:main', says } of pushed) {
  test(`rejects ${name}, says where, and changes nothing in the cluster`, async () => {
    const before = await clusterState()
    await change(clone.folder)
    const { accepted, output } = await clone.push(name, { refspec })
    expect(accepted).toBe(false)
    const lines = output.split('\n').filter((line) => says.every((words) => line.includes(words)))
    expect(lines, output).not.toEqual([])
    expect(await clusterState()).toBe(before)
  })
}

test("prints the tool's whole output only with git push -o verbose", async () => {
  await clone.edit('base/authors/kustomization.yaml', '- service.yaml', '- servise.yaml')
  const short = await clone.push('a file that is not there')
  expect(short.output).toContain('git push -o verbose')
  expect(short.output).not.toContain('accumulating resources')
  const { accepted, output } = await clone.push('again', { options: ['--push-option=verbose'] })
  expect(accepted).toBe(false)
  expect(output).toContain('accumulating resources')
})

test('accepts a reference to a Secret that only the cluster has', async () => {
  // The cluster does not run this overlay, so the push changes nothing in it.
  const secret = '- { op: replace, path: /spec/template/spec/volumes/0/secret/secretName, value: by-hand }'
  await clone.edit('overlays/v1/version-1/kustomization.yaml', 'patch: |', `patch: |\n      ${secret}`)
  const { output } = await clone.push('a Secret that is nowhere')
  expect(output).toContain('Deployment/web-api-v1: its pods need Secret/by-hand, which does not exist')
  await kubectl(['create', 'secret', 'generic', 'by-hand', '--from-literal=public.pem=a'])
  try {
    const { accepted, output: answer } = await clone.push('a Secret that is in the cluster')
    expect(accepted, answer).toBe(true)
    expect(answer).toContain('nothing changes in the cluster')
    await clone.putBack()
    await clone.push('as before')
  } finally {
    await kubectl(['delete', 'secret', 'by-hand'])
  }
})

test('npm run check judges the working tree in the same way', async () => {
  const { stdout } = await execa('npm', ['run', '--silent', 'check'])
  expect(stdout).toContain('a push would be accepted')
})

test('a freeze rejects pushes that change what runs, with the reason, and ends with a thaw', async () => {
  const npm = async (...args: string[]) => (await execa('npm', ['run', '--silent', ...args], { cwd: root })).stdout
  expect(await npm('freeze', '--', 'demo', 'at', 'three')).toMatch(/^frozen by .+ since .+ UTC: demo at three$/)
  try {
    expect(await npm('status')).toMatch(/Pushes are rejected\n +frozen by .*: demo at three/)
    await clone.edit('base/authors/service.yaml', '  labels:\n', '  labels:\n    frozen: "no"\n')
    const rejected = await clone.push('a label in a freeze')
    expect(rejected.accepted).toBe(false)
    expect(rejected.output).toMatch(/rejected: frozen by .*: demo at three/)
    expect(rejected.output).toContain('authors changes Service/authors')
    const allowed = await clone.push('again', { options: ['--push-option=allow=freeze'] })
    expect(allowed.accepted, allowed.output).toBe(true)
  } finally {
    expect(await npm('thaw')).toMatch(/^no longer frozen by/)
  }
  await clone.putBack()
  expect(await clone.push('as before')).toMatchObject({ accepted: true })
})

test('what is legal and hurts users is rejected once, with the option that lets it through', async () => {
  await clone.edit('base/authors/deployment.yaml', 'replicas: 1', 'replicas: 0')
  const rejected = await clone.push('nobody knows the authors')
  expect(rejected.accepted).toBe(false)
  expect(rejected.output).toContain('Deployment/authors keeps no pods; requests to it fail')
  expect(rejected.output).toContain('git push -o allow=no-replicas')
  const allowed = await clone.push('again', { options: ['--push-option=allow=no-replicas'] })
  expect(allowed.accepted, allowed.output).toBe(true)
  await clone.putBack()
  expect(await clone.push('as before')).toMatchObject({ accepted: true })
  await clone.synced()
})

test('two pushes within a second: Argo CD syncs the one that git accepts last, and the next push works', async () => {
  const label = (value: string) =>
    clone.edit('base/authors/service.yaml', / {2}labels:\n( {4}push: \w+\n)?/, `  labels:\n    push: ${value}\n`)
  await label('first')
  const first = clone.push('first')
  const other = await Clone.make()
  await other.edit('base/articles/service.yaml', '  labels:\n', '  labels:\n    push: second\n')
  const accepted = (await Promise.all([first, other.push('second')])).filter((push) => push.accepted)
  expect(accepted).toHaveLength(1)
  await clone.reset()
  await clone.synced()
  await label('third')
  const { output } = await clone.push('third')
  expect(output).toContain('authors changes Service/authors')
  await clone.putBack()
  expect(await clone.push('as before')).toMatchObject({ accepted: true })
  await clone.synced()
})

test('a push while the API server does not respond is rejected within five seconds', async () => {
  const before = await clusterState()
  const signal = (name: string) => runOnNode(['sh', '-c', `kill -${name} "$(pidof kube-apiserver)"`])
  await clone.edit('base/authors/service.yaml', '  labels:\n', '  labels:\n    away: "yes"\n')
  await signal('STOP')
  const start = performance.now()
  const { accepted, output } = await clone.push('nobody is there').finally(() => signal('CONT'))
  expect(performance.now() - start).toBeLessThan(5000)
  expect(accepted).toBe(false)
  expect(output).toContain('the cluster is not running; start it with: npm start')
  await expect.poll(clusterState, { timeout: 30_000 }).toBe(before)
})

test('accepts another branch, and says that it changes nothing', async () => {
  const before = await clusterState()
  const { accepted, output } = await clone.push('a thought', { refspec: 'HEAD:refs/heads/thoughts' })
  expect(accepted, output).toBe(true)
  expect(output).toContain(
    'Argo CD reads only main: thoughts is kept without a check and changes nothing in the cluster',
  )
  expect(output).not.toContain('Argo CD is syncing')
  expect(await clusterState()).toBe(before)
  expect((await clone.push('no more', { refspec: ':refs/heads/thoughts' })).accepted).toBe(true)
})

test('accepts a push that takes back a good change of the past, for ten changes', async () => {
  test.skip(!(await hasHistory()), 'this clone has no history')
  test.setTimeout(300_000)
  const ofServices = /^(base|overlays)\/(web-api|web-app|articles|authors|canary|v1)/
  let taken = 0
  for (const change of goodChanges.filter(({ file }) => ofServices.test(file))) {
    if (taken === 10 || !(await takeBack(change, clone.folder))) continue
    const { accepted, output } = await clone.push(`without ${change.commit} in ${change.file}`)
    expect(accepted, output).toBe(true)
    taken++
    await clone.putBack()
  }
  expect(taken).toBe(10)
})

test('accepts a push that replaces one of two mutually exclusive fields by the other', async () => {
  await clone.edit('base/web-api/pod-disruption-budget.yaml', 'maxUnavailable: 1', 'minAvailable: 1')
  const { accepted, output } = await clone.push('another budget')
  expect(accepted, output).toBe(true)
  expect(output).toContain('web-api changes PodDisruptionBudget/web-api')
  await clone.synced()
})

test('a push of an image that the cluster lacks passes only with an option, and status names the image', async () => {
  const rejection = await clone.release('9.9.9')
  expect(rejection).toContain(
    'new pods of Rollout/web-api cannot start: the cluster has no image localhost/web-api:9.9.9',
  )
  expect(rejection).toContain('build it with: npm run release -- web-api 9.9.9')
  const { output } = await clone.push('nevertheless', { options: ['--push-option=allow=missing-image'] })
  expect(output).toContain('web-api 9.9.9 to 20 %, then waits for a promote')
  await expect(async () => {
    const status = await execa('npm', ['run', '--silent', 'status'], { all: true, reject: false })
    expect(status.all).toContain('localhost/web-api:9.9.9')
    expect(status.exitCode).toBe(1)
  }).toPass({ timeout: 60_000 })
})
