/**
 * `npm run test:repair`: breaks the running cluster in ways that happen to users, and has the next `npm start` repair it.
 * Prints a table with the duration of each repair, and fails when a repair fails or an article that was created before is
 * gone.
 *
 * Needs a running cluster; the last events create new ones. Takes about 25 minutes.
 */
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { request } from 'undici'
import { fail } from '../cli/errors.ts'
import { docker, usesOwnEngine } from '../cli/minikube/docker.ts'
import { runOnNode } from '../cli/minikube/minikube.ts'
import { profile, root } from '../cli/settings.ts'
import { kubectl } from '../cli/tools.ts'
import { until } from '../cli/wait.ts'
import { createArticle } from './support/creates.ts'
import { testIdentity } from './support/gitops.ts'
import { minikube } from './support/minikube.ts'
import { listUrl } from './support/traffic.ts'

interface Event {
  name: string
  happen: () => Promise<unknown>
  /** Restores what the event changed in git. */
  restore?: () => Promise<unknown>
  /** Whether the event ends with a new cluster, without the articles of the old one. */
  isNew?: boolean
}

const npm = (...args: string[]) => execa('npm', ['run', '--silent', ...args], { cwd: root, all: true, reject: false })

async function hasArticle(title: string): Promise<boolean> {
  const answer = await request(listUrl, { headersTimeout: 10_000 })
  return (await answer.body.text()).includes(title)
}

/** Sends SIGINT to the whole process group, as Ctrl-C does, once `npm start` is in that step. */
async function interruptStart(step: string): Promise<void> {
  const start = execa('npm', ['start'], { cwd: root, all: true, reject: false, detached: true })
  let printed = ''
  for await (const line of start.iterable({ from: 'all' })) {
    printed += `${line}\n`
    if (line.includes(step) && start.pid) process.kill(-start.pid, 'SIGINT')
  }
  if (!printed.includes(step)) throw new Error(`npm start had no step ${step}:\n${printed}`)
}

const git = (...args: string[]) => execa('git', args, { cwd: root, env: testIdentity })

const changed = { file: 'base/authors/virtual-service.yaml', from: 'timeout: 900ms', to: 'timeout: 890ms' }

/** Commits a change while the cluster is stopped, without a branch, so that the clone's branch remains as it is. */
async function commitWhileStopped(): Promise<void> {
  await npm('stop')
  await git('fetch', '--quiet', 'cluster')
  await git('checkout', '--quiet', '--detach', 'cluster/main')
  const path = join(root, changed.file)
  const text = await readFile(path, 'utf8')
  if (!text.includes(changed.from)) throw new Error(`${changed.file} has no ${changed.from}`)
  await writeFile(path, text.replace(changed.from, changed.to))
  await git('commit', '--quiet', '--message', 'A change while the cluster is stopped', changed.file)
}

async function revertChange(): Promise<void> {
  await git('revert', '--no-edit', 'HEAD')
  await git('push', '--quiet', 'cluster', 'HEAD:main')
  await git('checkout', '--quiet', '-')
}

const enginePid = () => Number(readFileSync('/run/cloud-native-canary/docker.pid', 'utf8'))

/** Ends our Docker engine and all its containers, as a shutdown of the machine does. */
async function endEngine(signal: NodeJS.Signals): Promise<void> {
  const pid = enginePid()
  process.kill(pid, signal)
  const ended = async () => (await execa('kill', ['-0', `${pid}`], { reject: false })).exitCode !== 0
  await until('dockerd to end', ended, { seconds: 60 })
}

/** Interrupts the start of a new cluster in one of its steps. */
const interrupted = (step: string): Event => ({
  name: `Ctrl-C in the step ${step}`,
  happen: async () => {
    await npm('delete')
    await interruptStart(step)
  },
  isNew: true,
})

const events: Event[] = [
  { name: 'nothing: a second npm start', happen: async () => {} },
  { name: 'npm stop', happen: () => npm('stop') },
  { name: 'npm stop, and a commit', happen: commitWhileStopped, restore: revertChange },
  {
    name: 'an image of the system missing on the node, as after an update of its version',
    happen: () => runOnNode(['crictl', 'rmi', '--prune']).then(() => npm('stop')),
  },
  { name: "the user's minikube stop", happen: () => minikube('stop') },
  // As root, Minikube refuses Docker without --force.
  {
    name: "the user's minikube stop and start",
    happen: () => minikube('stop').then(() => minikube('start', '--force')),
  },
  {
    name: "the user's minikube start, which fails where GitHub does not answer",
    happen: () => minikube('stop').then(() => minikube('start').catch(() => {})),
  },
  { name: 'kill -9 of the kubelet', happen: () => runOnNode(['sh', '-c', 'kill -9 "$(pidof kubelet)"']) },
  { name: 'kill -9 of containerd', happen: () => runOnNode(['sh', '-c', 'kill -9 "$(pidof containerd)"']) },
  { name: "kill -9 of the node's container", happen: () => docker(['kill', profile]) },
  { name: 'docker pause of the node', happen: () => docker(['pause', profile]) },
  {
    name: 'Argo CD without its repo-server',
    happen: () => kubectl(['delete', 'deployment', 'argocd-repo-server', '--namespace=argocd']),
  },
  ...(usesOwnEngine()
    ? [
        { name: 'kill -9 of dockerd', happen: () => endEngine('SIGKILL') },
        { name: 'dockerd ended, with all containers', happen: () => endEngine('SIGTERM') },
      ]
    : []),
  { name: "the user's minikube delete", happen: () => minikube('delete'), isNew: true },
  ...['Minikube', 'Images of the services', 'Istio, Argo CD', 'Git remote', 'Applications'].map(interrupted),
]

/** Causes the event and starts the cluster. Prints a line of the table. @returns whether the cluster is repaired */
async function repaired({ name, happen, restore, isNew = false }: Event): Promise<boolean> {
  const title = `Before ${name}, ${Date.now()}`
  const created = isNew || (await createArticle(title)).status === 201
  if (!created) throw new Error(`an article could not be created before ${name}`)
  await happen()
  const begin = performance.now()
  const start = await npm('start')
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  const status = await npm('status')
  await restore?.()
  const problems = [
    start.exitCode !== 0 && `npm start failed:\n${start.all}`,
    status.exitCode !== 0 && `npm run status reports:\n${status.all}`,
    !isNew && !(await hasArticle(title)) && 'an article is gone',
  ].filter(Boolean)
  console.log(`${name.padEnd(66)} ${seconds.padStart(6)} s  ${problems.length > 0 ? problems.join('; ') : 'repaired'}`)
  return problems.length === 0
}

async function repair(names: string[]): Promise<void> {
  const begin = performance.now()
  let failed = 0
  const chosen = events.filter(({ name }) => names.length === 0 || names.some((word) => name.includes(word)))
  for (const event of chosen) {
    const isRepaired = await repaired(event).catch((error) => {
      fail(error)
      return false
    })
    if (!isRepaired) failed++
  }
  const minutes = ((performance.now() - begin) / 60_000).toFixed(1)
  console.log(`${chosen.length - failed} passed, ${failed} failed (${minutes} min)`)
  process.exitCode = failed > 0 ? 1 : 0
}

await repair(process.argv.slice(2)).catch(fail)
