/** What is made of the cluster's answers; the answers themselves are made up. */
import { beforeEach, expect, test, vi } from 'vitest'
import { applications, isWell, podsInTrouble, reasons, rollout, weights } from './health.ts'
import { kubectlJson } from './tools.ts'

vi.mock('./tools.ts', () => ({ kubectlJson: vi.fn() }))

/** kubectl answers these items, by the kind that is asked for. */
function clusterHas(items: Record<string, unknown[]>) {
  vi.mocked(kubectlJson).mockImplementation(async ([, kind = '']) => ({ items: items[kind] ?? [] }))
}
beforeEach(() => clusterHas({}))

test.each([
  ['Synced', 'Healthy', true],
  ['Synced', 'Suspended', true],
  ['Synced', 'Progressing', false],
  ['Synced', 'Degraded', false],
  ['OutOfSync', 'Healthy', false],
  ['Unknown', 'Healthy', false],
])('an Application that is %s and %s: well is %s', (sync, health, well) => {
  expect(isWell({ name: 'web-api', revision: '', message: '', sync, health })).toBe(well)
})

test('an Application that Argo CD has not looked at yet is unknown', async () => {
  clusterHas({ applications: [{ metadata: { name: 'mesh' } }] })
  expect(await applications()).toEqual([
    { name: 'mesh', sync: 'Unknown', health: 'Unknown', revision: '', message: '' },
  ])
})

const condition = { type: 'ComparisonError', message: 'overlays/v3: no such file' }
const degraded = { kind: 'Rollout', name: 'web-api', health: { status: 'Degraded', message: 'aborted' } }
const paused = { kind: 'Rollout', name: 'web-api', health: { status: 'Suspended', message: 'CanaryPauseStep' } }
const failed = { phase: 'Failed', message: 'one or more objects failed to apply' }

test.each([
  ['an error of the comparison before all else', { conditions: [condition], resources: [degraded] }, condition.message],
  [
    'else the object that is not healthy',
    { resources: [paused, degraded], operationState: failed },
    'Rollout/web-api aborted',
  ],
  ['else the sync that failed', { resources: [paused], operationState: failed }, failed.message],
  ['nothing of a sync that succeeded', { operationState: { phase: 'Succeeded', message: 'synced' } }, ''],
])('why an Application is not well: %s', async (_, status, message) => {
  clusterHas({ applications: [{ metadata: { name: 'web-api' }, status }] })
  expect(await applications()).toMatchObject([{ message }])
})

const metadata = { name: 'web-api-1', namespace: 'cloud-native-canary' }
const waiting = (reason: string, more = {}) => ({
  name: 'web-api',
  ready: false,
  state: { waiting: { reason, ...more } },
})
const crash = {
  ...waiting('CrashLoopBackOff', { message: 'back-off 10s' }),
  lastState: { terminated: { exitCode: 1, reason: 'Error' } },
}
const unschedulable = { type: 'PodScheduled', status: 'False', message: 'Insufficient memory' }
const ready = { name: 'web-api', ready: true, state: {} }

test.each([
  [
    'a crash, with its exit status',
    { phase: 'Running', containerStatuses: [crash] },
    'web-api CrashLoopBackOff (last exit 1: Error) back-off 10s',
  ],
  [
    'an image that is not there',
    { phase: 'Pending', containerStatuses: [waiting('ErrImageNeverPull')] },
    'web-api ErrImageNeverPull',
  ],
  [
    'an init container in trouble',
    {
      phase: 'Pending',
      initContainerStatuses: [{ ...waiting('ImageInspectError'), name: 'init' }],
      containerStatuses: [waiting('PodInitializing')],
    },
    'init ImageInspectError',
  ],
  ['no node for it', { phase: 'Pending', conditions: [unschedulable] }, 'not scheduled: Insufficient memory'],
  [
    'not ready',
    { phase: 'Running', containerStatuses: [{ name: 'web-api', ready: false, state: {} }] },
    'web-api is not ready',
  ],
  ['a pod that has just been made', { phase: 'Pending' }, 'Pending'],
])('a pod in trouble is one line: %s', async (_, status, line) => {
  clusterHas({ pods: [{ metadata, status }] })
  expect(await podsInTrouble()).toEqual([`cloud-native-canary/web-api-1: ${line}`])
})

test.each([
  ['runs and is ready', { metadata, status: { phase: 'Running', containerStatuses: [ready] } }],
  ['has done its work', { metadata, status: { phase: 'Succeeded', containerStatuses: [{ ...ready, ready: false }] } }],
  [
    'is being deleted',
    { metadata: { ...metadata, deletionTimestamp: 'now' }, status: { phase: 'Running', containerStatuses: [crash] } },
  ],
])('a pod that %s is not in trouble', async (_, pod) => {
  clusterHas({ pods: [pod] })
  expect(await podsInTrouble()).toEqual([])
})

test('a time-out shows Applications and pods that are not well, and the latest warnings', async () => {
  clusterHas({
    applications: [{ metadata: { name: 'web-api' }, status: { conditions: [condition] } }],
    pods: [{ metadata, status: { phase: 'Pending', conditions: [unschedulable] } }],
    events: [{ message: 'BackOff', involvedObject: { kind: 'Pod', name: 'articles-1' } }],
  })
  expect((await reasons()).split('\n')).toEqual([
    '  application web-api: Unknown, Unknown. overlays/v3: no such file',
    '  cloud-native-canary/web-api-1: not scheduled: Insufficient memory',
    '  Pod/articles-1: BackOff',
  ])
})

test('reasons are no error of their own when the cluster does not answer', async () => {
  vi.mocked(kubectlJson).mockRejectedValue(new Error('connection refused'))
  expect(await reasons()).toBe('')
})

const spec = {
  replicas: 2,
  strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } },
  template: { spec: { containers: [{ image: 'localhost/web-api:2.0.0' }] } },
}

test.each([
  [0, '1/2 setWeight 20'],
  [1, '2/2 pause'],
  [2, undefined],
])('a rollout at step index %i stands at %s', async (currentStepIndex, step) => {
  clusterHas({ rollouts: [{ spec, status: { phase: 'Paused', currentStepIndex } }] })
  expect(await rollout()).toEqual({
    phase: 'Paused',
    message: '',
    step,
    aborted: false,
    image: 'localhost/web-api:2.0.0',
  })
})

test('without a Rollout there is none', async () => {
  expect(await rollout()).toBeUndefined()
})

test('the shares of the traffic are those of getmultiple; one version alone has all of it', async () => {
  const http = (...route: unknown[]) => [
    {
      spec: {
        http: [
          { name: 'openapi', route: [] },
          { name: 'getmultiple', route },
        ],
      },
    },
  ]
  const to = (subset: string, weight?: number) => ({ destination: { subset }, weight })
  clusterHas({ virtualservices: http(to('stable', 80), to('canary', 20)) })
  expect(await weights()).toEqual([
    { subset: 'stable', weight: 80 },
    { subset: 'canary', weight: 20 },
  ])
  clusterHas({ virtualservices: http(to('v1')) })
  expect(await weights()).toEqual([{ subset: 'v1', weight: 100 }])
})
