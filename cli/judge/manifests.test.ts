import { expect, test } from 'vitest'
import { root } from '../settings.ts'
import { badWeights, notSynced, readsAny } from './manifests.ts'

function rollout(...steps: object[]) {
  const spec = { strategy: { canary: { steps } } }
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web-api' }, spec }
  return [{ object, file: 'overlays/canary/rollout.yaml' }]
}

test('a weight of more than 100 or less than 0 is a mistake, and its step is named', () => {
  expect(badWeights(rollout({ setWeight: 20 }, { pause: {} }, { setWeight: 120 }))).toEqual([
    {
      file: 'overlays/canary/rollout.yaml',
      object: 'Rollout/web-api',
      reason: 'spec.strategy.canary.steps[2].setWeight: 120 is not between 0 and 100',
    },
  ])
  expect(badWeights(rollout({ setWeight: -1 }))).toHaveLength(1)
})

test('from 0 to 100 all is well', () => {
  expect(badWeights(rollout({ setWeight: 0 }, { pause: { duration: '10s' } }, { setWeight: 100 }))).toEqual([])
})

test.each(['Pod', 'ReplicaSet', 'AnalysisRun'])('a %s in git is a mistake: Argo CD only shows them', (kind) => {
  const object = { apiVersion: 'v1', kind, metadata: { name: 'by-hand' } }
  expect(notSynced([{ object, file: 'base/web-api/by-hand.yaml' }])).toEqual([
    {
      file: 'base/web-api/by-hand.yaml',
      object: `${kind}/by-hand`,
      reason: `Argo CD shows ${kind}s and syncs none: write a Deployment or a Rollout`,
    },
  ])
  expect(notSynced(rollout())).toEqual([])
})

const reads = (folder: string, ...files: string[]) => readsAny(root, folder, new Set(files))

test('a change concerns the kustomizations that read it, through others too', () => {
  expect(reads('overlays/canary', 'overlays/canary/rollout.yaml')).toBe(true)
  expect(reads('overlays/canary-auto', 'overlays/canary/rollout.yaml')).toBe(true)
  expect(reads('overlays/canary-auto', 'base/web-api/service.yaml')).toBe(true)
  expect(reads('base/monitoring', 'base/monitoring/prometheus.yml')).toBe(true)
  expect(reads('overlays/canary', 'overlays/canary/kustomization.yaml')).toBe(true)
})

test('and no others', () => {
  expect(reads('overlays/split', 'overlays/canary/rollout.yaml')).toBe(false)
  expect(reads('overlays/canary', 'clusters/production/kustomization.yaml', 'README.md')).toBe(false)
})
