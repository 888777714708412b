/** What the exercises look at: files and commits in git, the cluster, and responses of the gateway. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Event } from 'kubernetes-types/core/v1.d.ts'
import { isWell } from '../application.ts'
import { applications, rollout, stableVersion, storedRollout } from '../health.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import { type Answer, openLoad } from '../load/open-load.ts'
import { noVersion } from '../load/tally.ts'
import { paths, ports, root } from '../settings.ts'

/** Output of git, with its last line break; undefined when it fails. */
async function git(...args: string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa('git', args, { cwd: root, reject: false, stripFinalNewline: false })
  return exitCode === 0 ? stdout : undefined
}

/** The text of a file in the three places through which a change goes; undefined where there is no such file. */
export interface Texts {
  /** The user's file, committed or not. */
  tree: string | undefined
  head: string | undefined
  /** The remote's main, which Argo CD reads. */
  remote: string | undefined
}

export async function textsOf(file: string): Promise<Texts> {
  const [tree, head, remote] = await Promise.all([
    readFile(join(root, file), 'utf8').catch(() => undefined),
    git('show', `HEAD:${file}`),
    git('--git-dir', paths.git, 'show', `main:${file}`),
  ])
  return { tree, head, remote }
}

/** Commit of the remote's main. */
export async function remoteMain(): Promise<string> {
  return (await git('--git-dir', paths.git, 'rev-parse', 'main'))?.trim() ?? ''
}

/** Whether the remote's main has commits that HEAD lacks, so that it would reject a push. */
export async function isBehind(): Promise<boolean> {
  return (await git('merge-base', '--is-ancestor', await remoteMain(), 'HEAD')) === undefined
}

/** First lines of the messages of the remote's commits since that time. */
export async function subjectsSince(since: string): Promise<string[]> {
  return (await git('--git-dir', paths.git, 'log', `--since=${since}`, '--format=%s', 'main'))?.split('\n') ?? []
}

/** What Argo CD still does with the remote's main, in a sentence; undefined when it has synced these Applications. */
export async function waitingFor(names: string[]): Promise<string | undefined> {
  const [main, all] = await Promise.all([remoteMain(), applications()])
  const late = all.find((app) => names.includes(app.name) && !(app.revision === main && isWell(app)))
  if (!late) return undefined
  const state = late.revision === main ? `${late.name} is ${late.sync} and ${late.health}` : `${late.name} is next`
  return `Argo CD is syncing ${main.slice(0, 7)} (${state}): run this again in a moment; if it stays so, npm run status shows the reason.`
}

/** Versions of web-api in a Rollout. */
export interface Release {
  phase: string
  aborted: boolean
  /** The version that git asks for. */
  wanted: string
  /** The version of all users before this release, and after its promotion the same as `wanted`. */
  stable: string | undefined
}

/** Undefined in overlays without a Rollout. */
export async function release(): Promise<Release | undefined> {
  const [found, stored] = await Promise.all([rollout(), storedRollout()])
  if (!found || !stored) return undefined
  const { phase, aborted, image } = found
  return { phase, aborted, wanted: image.split(':').at(-1) ?? '', stable: await stableVersion(stored) }
}

/** Whether the API server still has an event of the Rollout with that reason. It keeps events for an hour. */
export async function rolloutEvent(reason: string, since: string): Promise<boolean> {
  const selector = encodeURIComponent('involvedObject.kind=Rollout,involvedObject.name=web-api')
  const events = await kubernetes.list<Event>(`${folders.core}/events?fieldSelector=${selector}`)
  return events.some((event) => event.reason === reason && isSince(event.lastTimestamp ?? event.eventTime, since))
}

/** Whether something happened since then. The API server's times are whole seconds. */
export function isSince(time: string | undefined, since: string): boolean {
  return time !== undefined && Date.parse(time) + 1000 > Date.parse(since)
}

/** Requests per second, so that a check takes a few seconds. */
const rate = 100

/** Sends that many requests through the gateway. With `users` these take turns and keep their cookies. */
export async function ask(
  count: number,
  {
    path = '/web-api/v1/getmultiple',
    ...how
  }: { path?: string; users?: number; headers?: Record<string, string> } = {},
): Promise<Answer[]> {
  const answers: Answer[] = []
  const url = `http://127.0.0.1:${ports().web}${path}`
  await openLoad({ ...how, url, rate, seconds: count / rate, onAnswer: (answer) => answers.push(answer) })
  return answers
}

/** How many responses each version sent. */
export function countOf(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { version = noVersion } of answers) counts[version] = (counts[version] ?? 0) + 1
  return counts
}

/** "1.0.0 sent 80 and 2.0.0 sent 20" */
export const countText = (counts: Record<string, number>) =>
  Object.entries(counts)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([version, count]) => `${version} sent ${count}`)
    .join(' and ')

/** Whether all responses are of that version. */
export const isOnly = (version: string, answers: Answer[]) => countOf(answers)[version] === answers.length
