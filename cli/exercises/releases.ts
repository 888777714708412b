/** Goals of the exercises in which Argo Rollouts releases a version of web-api. */
import type { IAnalysisRun } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import { storedAnalysis, storedRollout } from '../health.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import type { Answer } from '../load/open-load.ts'
import { wantedShares } from '../load/shares.ts'
import { ask, countOf, countText, isOnly, isSince, type Release, release, rolloutEvent, textsOf } from './facts.ts'
import { type Finding, type Goal, missing, notYet, overlay, right, version } from './goals.ts'
import { isAFifth } from './routes.ts'

const origin = { files: [overlay.file, version.file] }

const testers = { headers: { 'x-canary': 'always' } }

/** Why 2.0.0 does not wait for a promotion; undefined when it does. */
async function notWaiting(number: number): Promise<Finding | undefined> {
  const found = await release()
  if (!found) return notYet(origin, 'The cluster has no Rollout web-api: npm run status shows the reason.')
  const { phase, aborted, wanted, stable } = found
  if (stable === '2.0.0')
    return notYet(
      origin,
      `Version 2.0.0 has all requests already. Begin again: npm run exercise -- ${number} --reset, push that, and release 2.0.0 by a push of its own.`,
    )
  if (aborted)
    return notYet(
      origin,
      `The release of ${wanted} is aborted. To try it again: kubectl argo rollouts retry rollout web-api`,
    )
  if (wanted !== '2.0.0' || phase !== 'Paused')
    return notYet(origin, `The Rollout has version ${wanted} and is ${phase}: run this again in a moment.`)
  return undefined
}

/** A goal about the release of 2.0.0 while it waits for its promotion. */
const whileItWaits = (number: number, event: string, look: () => Promise<Finding>): Goal => ({
  event,
  check: async () => (await notWaiting(number)) ?? look(),
})

const gateways = 'the two pods of the gateway may need a moment; run this again.'

export const splitByRollout = whileItWaits(4, 'split', async () => {
  const shares = await wantedShares('getmultiple')
  if (shares?.['2.0.0'] !== 0.2)
    return missing(`The weight of 2.0.0 is ${Math.round((shares?.['2.0.0'] ?? 0) * 100)} %, not 20 %: run this again.`)
  const counts = countOf(await ask(300))
  if (!isAFifth(counts['2.0.0'])) return missing(`Of 300 responses ${countText(counts)}: ${gateways}`)
  return right(
    `Of 300 responses ${countText(counts)}. Argo Rollouts wrote the weights 80 and 20 to the VirtualService, and waits; git has 100 and 0, and Argo CD ignores these two fields.`,
  )
})

export const aborted: Goal = {
  event: 'aborted',
  check: async (since) => {
    const found = await release()
    if (found?.aborted || (await rolloutEvent('RolloutAborted', since)))
      return right('You aborted 2.0.0: the weights were 100 and 0 at once, while git still had 2.0.0.')
    const waits = missing('Version 2.0.0 has 20 % and waits: abort it with kubectl argo rollouts abort web-api')
    return (await notWaiting(5)) ?? waits
  },
}

export const promoted = (why: string): Goal => ({
  check: async () => {
    const found = await release()
    if (found?.stable === '2.0.0' && found.phase === 'Healthy') return allFrom('2.0.0', why)
    return missingPromotion(found)
  },
})

async function allFrom(wanted: string, why: string): Promise<Finding> {
  const answers = await ask(100)
  if (isOnly(wanted, answers)) return right(`All of 100 responses are from ${wanted}. ${why}`)
  return missing(`Of 100 responses ${countText(countOf(answers))}: ${gateways}`)
}

async function missingPromotion(found: Release | undefined): Promise<Finding> {
  if (found?.aborted)
    return missing(
      'The release is aborted, and git still has 2.0.0. Try it again with kubectl argo rollouts retry rollout web-api, then promote it.',
    )
  if (found?.phase === 'Paused' && found.wanted === '2.0.0')
    return missing('Version 2.0.0 waits: promote it with kubectl argo rollouts promote web-api')
  return notYet(origin, 'Version 2.0.0 is not stable yet: run this again in a moment.')
}

/** Whether all users get 2.0.0 only by the header. */
export const beside = whileItWaits(8, 'beside', async () => {
  const [users, tests] = [await ask(100), await ask(20, testers)]
  if (!isOnly('1.0.0', users))
    return missing(`Of 100 responses to users ${countText(countOf(users))}, but all should be from 1.0.0: ${gateways}`)
  if (!isOnly('2.0.0', tests)) return missing(`Of 20 responses to testers ${countText(countOf(tests))}: ${gateways}`)
  return right(
    'Version 2.0.0 runs beside 1.0.0 with as many pods: all of 20 testers got it, and none of 100 users. The mesh also sent it copies of the reads.',
  )
})

/** How many of the users got each version, and how many got both. */
function versionsOfUsers(answers: Answer[]): { both: number; canary: number; users: number } {
  const users = new Map<number, Set<string>>()
  for (const { user = 0, version = '' } of answers) users.set(user, (users.get(user) ?? new Set()).add(version))
  const all = [...users.values()]
  return {
    both: all.filter(({ size }) => size > 1).length,
    canary: all.filter((versions) => versions.has('2.0.0')).length,
    users: all.length,
  }
}

export const oneUserOneVersion = whileItWaits(7, 'users', async () => {
  const tests = await ask(20, testers)
  if (!isOnly('2.0.0', tests)) return missing(`Of 20 responses to testers ${countText(countOf(tests))}: ${gateways}`)
  const { both, canary, users } = versionsOfUsers(await ask(900, { users: 300 }))
  if (both > 0) return missing(`Of ${users} users who sent three requests ${both} got both versions: ${gateways}`)
  if (!isAFifth(canary)) return missing(`Of ${users} users ${canary} got 2.0.0: ${gateways}`)
  return right(
    `All of 20 testers got 2.0.0. Of ${users} users, each with three requests, ${canary} got only 2.0.0 and ${users - canary} only 1.0.0: a cookie has each user's number, by which the gateway picks.`,
  )
})

/** The analysis that failed since then, with the metrics that were bad. */
async function failedAnalysis(since: string): Promise<string[] | undefined> {
  const runs = await kubernetes.list<IAnalysisRun>(`${folders.argoRollouts}/analysisruns`)
  const failed = runs.find((run) => run.status?.phase === 'Failed' && isSince(run.metadata.creationTimestamp, since))
  return failed?.status?.metricResults?.filter(({ phase }) => phase === 'Failed').map(({ name }) => name)
}

/** More good measurements than a bad version can have before the analysis fails. */
const manyMeasurements = 5

const buildIt = 'npm run release -- web-api 2.2.0 --fail 30'

async function releaseInProgress({ wanted }: Release): Promise<Finding> {
  const rollout = await storedRollout()
  const results = (rollout && (await storedAnalysis(rollout)))?.status?.metricResults ?? []
  const good = Math.max(0, ...results.map(({ successful = 0 }) => successful))
  const empty = Math.max(0, ...results.map(({ inconclusive = 0 }) => inconclusive))
  if (good >= manyMeasurements)
    return missing(
      `The analysis finds ${wanted} good, by ${good} measurements: release a version that fails, which you build with ${buildIt}`,
    )
  if (good === 0 && empty > 0)
    return missing(`The analysis has too few requests to judge ${wanted} by: npm run load sends them.`)
  return notYet(
    origin,
    `The analysis measures ${wanted}: keep npm run load running, and run this again in half a minute.`,
  )
}

export const analysisAborted: Goal = {
  event: 'analysis',
  check: async (since) => {
    const metrics = await failedAnalysis(since)
    if (metrics)
      return right(
        `Argo Rollouts aborted the release by itself, because the analysis failed: ${metrics.join(' and ')}.`,
      )
    const found = await release()
    if (!found) return notYet(origin, 'The cluster has no Rollout web-api: npm run status shows the reason.')
    if (found.aborted)
      return missing(
        `Somebody aborted ${found.wanted} before the analysis did: kubectl argo rollouts retry rollout web-api`,
      )
    if (found.stable !== found.wanted) return releaseInProgress(found)
    if (found.stable !== '1.0.0')
      return missing(
        `Version ${found.stable} has all requests: somebody promoted it before the analysis could abort it. Take it back with npm run rollback and git pull cluster main, then release it again.`,
      )
    return notYet(
      origin,
      `No release is in progress: build a bad version with ${buildIt}, set newTag in ${version.file} to 2.2.0, commit and push.`,
    )
  },
}

export const gitAgrees: Goal = {
  check: async () => {
    const [found, { remote }] = [await release(), await textsOf(version.file)]
    const inGit = version.pattern.exec(remote ?? '')?.[1]
    if (inGit !== found?.stable)
      return missing(
        `All users have ${found?.stable}, and git still has ${inGit}: npm run rollback, then git pull cluster main`,
      )
    return allFrom('1.0.0', 'Git has this version, too.')
  },
}
