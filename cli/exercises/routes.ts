/** Goals of the exercises in which git has the routes: two Deployments, and what the VirtualServices send to each. */
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import { weights } from '../health.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import { ask, countOf, countText, isOnly } from './facts.ts'
import { type Finding, type Goal, missing, notYet, overlay, push, right } from './goals.ts'

/** The overlay that the user changes by hand. */
export const routesFile = 'overlays/v1/kustomization.yaml'
const origin = { files: [overlay.file, routesFile] }

/** "80 to v1, 20 to v2" */
async function routeText(name: string): Promise<string> {
  const found = await weights(name)
  return found.map(({ subset, weight }) => `${weight} to ${subset || 'the whole Service'}`).join(', ')
}

export const twoDeployments: Goal = {
  check: async () => {
    const all = await kubernetes.list<Deployment>(`${folders.apps}/deployments`)
    const isReady = (name: string) =>
      all.some(({ metadata, status }) => metadata.name === name && status?.readyReplicas)
    const lacking = ['web-api-v1', 'web-api-v2'].filter((name) => !isReady(name))
    if (lacking.length > 0)
      return notYet(
        origin,
        `${lacking.join(' and ')} has no ready pod: kubectl get pods --selector=app=web-api shows why.`,
      )
    return right('web-api-v1 and web-api-v2 run side by side; the label version distinguishes their pods.')
  },
}

export const bothVersionsServe: Goal = {
  check: async () => {
    const [documents, lists] = [await ask(100, { path: '/openapi' }), await ask(100)]
    const counts = countOf(documents)
    if (!isOnly('1.0.0', lists))
      return notYet(origin, `Of 100 lists ${countText(countOf(lists))}; expected are 100 from 1.0.0.`)
    if (!counts['1.0.0'] || !counts['2.0.0'])
      return notYet(
        origin,
        `Of 100 responses to /openapi ${countText(counts)}, but its route should name no subset: npm run exercise -- 1 --reset`,
      )
    return right(
      `Of 100 responses to /openapi ${countText(counts)}, because its route names no subset, and the Service selects the pods of both versions. All 100 lists are from 1.0.0, because their route names the subset v1.`,
    )
  },
}

export const documentsFromV1: Goal = {
  check: async () => {
    const subsets = (await weights('openapi')).map(({ subset }) => subset)
    if (subsets.join() === 'v1')
      return right(
        'The route openapi of the gateway names the subset v1, which the DestinationRule defines by the label version.',
      )
    const name = 'VirtualService/virtualservice-ingress-web-api-web-app'
    if (subsets.join() === '')
      return notYet(
        origin,
        `The route openapi of ${name} names no subset: add the patch to ${routesFile}, commit, and run: ${push}`,
      )
    return notYet(
      origin,
      `The route openapi of ${name} names the subset ${subsets.join(' and ')}: change it to v1 in ${routesFile}, commit, and run: ${push}`,
    )
  },
}

export const allFromV1: Goal = {
  check: async () => {
    const answers = [...(await ask(100)), ...(await ask(100, { path: '/openapi' }))]
    if (isOnly('1.0.0', answers)) return right('All of 200 responses, lists and documents, are from 1.0.0.')
    return notYet(
      origin,
      `Of 200 responses ${countText(countOf(answers))}: the gateway may need a moment; run this again.`,
    )
  },
}

/** The routes that depend on the version. */
const routes = ['getmultiple', 'write']

async function routeFinding(route: string): Promise<Finding | undefined> {
  const found = Object.fromEntries((await weights(route)).map(({ subset, weight }) => [subset, weight]))
  const [one, two] = [found.v1, found.v2]
  if (one === 80 && two === 20) return undefined
  const now = `The route ${route} of VirtualService/web-api has the weights ${await routeText(route)}`
  const change = `in ${routesFile}, commit, and run: ${push}`
  if (one === undefined || two === undefined)
    return notYet(
      origin,
      `${now}: give it one destination for each of the subsets v1 and v2, with the weights 80 and 20, ${change}`,
    )
  if (one === 20 && two === 80) return notYet(origin, `${now}: exchange the two weights ${change}`)
  const share = Math.round((100 * two) / (one + two))
  return notYet(origin, `${now}, so that version 2 gets ${share} %: write 80 and 20 ${change}`)
}

export const weightsByHand: Goal = {
  check: async () => {
    for (const route of routes) {
      const wrong = await routeFinding(route)
      if (wrong) return wrong
    }
    return right('The routes for reads and for writes have the weights 80 and 20, as git has them.')
  },
}

/** Whether about a fifth of 300 responses are from 2.0.0: the limits are four standard deviations from 20 %. */
export function isAFifth(count = 0): boolean {
  return Math.abs(count - 60) < 28
}

export const aFifthFromV2: Goal = {
  check: async () => {
    const counts = countOf(await ask(300))
    const says = `Of 300 responses ${countText(counts)}`
    if (!isAFifth(counts['2.0.0'])) return missing(`${says}: the gateway may need a moment; run this again.`)
    return right(`${says}: the gateway picks the version of each request at random, by these weights.`)
  },
}
