/** The exercises of docs/exercises/, in their order: the goals of each, and the change of files that reaches them. */
import { type Goal, overlay, overlayIs, type Setting, version, versionIs } from './goals.ts'
import {
  articlesFailed,
  authorsFailed,
  delayRead,
  faultFiles,
  logFiles,
  noFault,
  policyFile,
  servicesLog,
  traceRead,
  webApiMayRead,
  webApiReads,
} from './mesh.ts'
import { aborted, analysisAborted, beside, gitAgrees, oneUserOneVersion, promoted, splitByRollout } from './releases.ts'
import {
  aFifthFromV2,
  allFromV1,
  bothVersionsServe,
  documentsFromV1,
  routesFile,
  twoDeployments,
  weightsByHand,
} from './routes.ts'

/** Changes the text of a file; leaves it as it is when it has the change. */
type Change = (text: string) => string

export interface Exercise {
  title: string
  /** Its file in docs/exercises/. */
  page: string
  /** The files that belong to the exercise, with the change that solves it. */
  changes: Record<string, Change>
  goals: Goal[]
}

const set =
  ({ pattern }: Pick<Setting, 'pattern'>, wanted: string): Change =>
  (text) =>
    text.replace(pattern, (line, value: string) => line.slice(0, -value.length) + wanted)

/** Inserts lines before or after the first line that has this text. */
const insert =
  (where: 'before' | 'after', line: string, lines: string): Change =>
  (text) => {
    if (text.includes(lines)) return text
    const all = text.split('\n')
    const index = all.findIndex((one) => one.trim() === line)
    return index < 0 ? text : all.toSpliced(where === 'before' ? index : index + 1, 0, lines).join('\n')
  }

const useOverlay = (name: string) => ({ [overlay.file]: set(overlay, name) })
const releaseVersion = (wanted: string) => ({ [version.file]: set(version, wanted) })

const documentsPatch = `  - target:
      kind: VirtualService
      name: virtualservice-ingress-web-api-web-app
    patch: |
      - { op: add, path: /spec/http/0/route/0/destination/subset, value: v1 }`

const secondDestination = `            weight: 80
          - destination:
              host: web-api
              port:
                number: 9080
              subset: v2
            weight: 20`

const logLevel = `            - name: LOG_LEVEL
              value: debug # logs requests that succeed, too`

const canary = 'Git names overlay canary, in which Argo Rollouts writes the weights.'
const version2 = 'Git has version 2.0.0.'

/** Uncomments the line by which a service's kustomization includes its fault. */
const includeFault: Change = (text) => text.replace(/# - (\S*components\/faults)/, '- $1')
const failAll: Change = (text) => text.replaceAll(/\bvalue: \d+/g, 'value: 100')
const faultChanges = (service: 'articles' | 'authors') => {
  const { part, fault } = faultFiles(service)
  return { [part]: includeFault, [fault]: failAll }
}

export const exercises: Exercise[] = [
  {
    title: 'Look at the two versions',
    page: '1-two-versions.md',
    changes: useOverlay('v1'),
    goals: [
      overlayIs('v1', 'Git names overlay v1, which has a Deployment for each version.'),
      twoDeployments,
      bothVersionsServe,
    ],
  },
  {
    title: 'Route all requests to version 1',
    page: '2-all-to-version-1.md',
    changes: { ...useOverlay('v1'), [routesFile]: insert('before', '- target:', documentsPatch) },
    goals: [overlayIs('v1', 'Git names overlay v1, which has both versions.'), documentsFromV1, allFromV1],
  },
  {
    title: 'Split 80 to 20 by hand',
    page: '3-split-by-hand.md',
    changes: { ...useOverlay('v1'), [routesFile]: insert('after', 'subset: v1', secondDestination) },
    goals: [overlayIs('v1', 'Git names overlay v1, which has both versions.'), weightsByHand, aFifthFromV2],
  },
  {
    title: 'The same split by a Rollout',
    page: '4-split-by-a-rollout.md',
    changes: { ...useOverlay('canary'), ...releaseVersion('2.0.0') },
    goals: [overlayIs('canary', canary), versionIs('2.0.0', version2), splitByRollout],
  },
  {
    title: 'Abort and promote',
    page: '5-abort-and-promote.md',
    changes: { ...useOverlay('canary'), ...releaseVersion('2.0.0') },
    goals: [
      overlayIs('canary', canary),
      versionIs('2.0.0', version2),
      aborted,
      promoted('The two subsets now select the same pods.'),
    ],
  },
  {
    title: 'A bad release',
    page: '6-a-bad-release.md',
    changes: { ...useOverlay('canary'), ...releaseVersion('2.2.0') },
    goals: [overlayIs('canary', canary), analysisAborted, gitAgrees],
  },
  {
    title: 'Testers, and one version for each user',
    page: '7-testers-and-users.md',
    changes: { ...useOverlay('canary-by-user'), ...releaseVersion('2.0.0') },
    goals: [
      overlayIs('canary-by-user', 'Git names overlay canary-by-user, which gives each user one version.'),
      versionIs('2.0.0', version2),
      oneUserOneVersion,
    ],
  },
  {
    title: 'Blue-green',
    page: '8-blue-green.md',
    changes: { ...useOverlay('blue-green'), ...releaseVersion('2.0.0') },
    goals: [
      overlayIs('blue-green', 'Git names overlay blue-green, in which only testers get a new version.'),
      versionIs('2.0.0', version2),
      beside,
      promoted('They changed all at once.'),
    ],
  },
  {
    title: 'Faults and fallbacks',
    page: '9-faults-and-fallbacks.md',
    changes: { ...faultChanges('authors'), ...faultChanges('articles') },
    goals: [authorsFailed, articlesFailed, noFault],
  },
  {
    title: 'Who may call whom',
    page: '10-who-may-call-whom.md',
    changes: {
      [policyFile]: (text) => text.replace('paths: [/api/v1/getauthor]', 'paths: [/api/v1/getauthor, /openapi]'),
    },
    goals: [webApiMayRead, webApiReads],
  },
  {
    title: 'Read a trace',
    page: '11-read-a-trace.md',
    changes: {
      [logFiles.articles]: insert('before', '- name: PGHOST', logLevel),
      [logFiles.authors]: insert('before', 'readinessProbe:', `          env:\n${logLevel}`),
      [logFiles['web-api']]: insert('before', '- name: ARTICLES_URL', logLevel),
      [faultFiles('authors').part]: (text) => text,
      [faultFiles('authors').fault]: (text) => text,
    },
    goals: [servicesLog, traceRead, delayRead, noFault],
  },
]
