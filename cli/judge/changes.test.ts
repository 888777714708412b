import { expect, test } from 'vitest'
import { changesBetween } from './changes.ts'
import type { KubernetesObject } from './objects.ts'
import { systems } from './systems.ts'

const service = (name: string, spec = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })

function rollout(version: string, ...steps: object[]): KubernetesObject {
  const template = { spec: { containers: [{ image: `localhost/web-api:${version}` }] } }
  const spec = { template, strategy: { canary: { steps } } }
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'web-api' }, spec }
}

/** A cluster with one Application, which syncs these objects. */
function cluster(...objects: KubernetesObject[]) {
  const spec = { project: 'a', source: { repoURL: 'b', path: 'base/c' }, destination: {} }
  const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'web-api' }, spec }
  const items = (list: KubernetesObject[]) => list.map((object) => ({ object, file: 'a.yaml' }))
  const folders = new Map([
    ['clusters/minikube', items([application])],
    ['base/c', items(objects)],
  ])
  return systems(folders)
}

test('lists what each Application creates, changes and deletes', () => {
  const before = cluster(service('stays'), service('goes'), service('turns'))
  const after = cluster(service('stays'), service('comes'), service('turns', { type: 'NodePort' }))
  const line = 'web-api creates Service/comes; changes Service/turns; deletes Service/goes'
  expect(changesBetween(before, after)).toEqual([line])
})

test('says that nothing changes, and returns no lines when the state before is unknown', () => {
  const same = cluster(service('stays'))
  expect(changesBetween(same, cluster(service('stays')))).toEqual(['nothing changes in the cluster'])
  expect(changesBetween([], same)).toEqual([])
})

test('says which share of the requests a release gets, and what it waits for', () => {
  const steps = [{ setCanaryScale: { weight: 100 } }, { setWeight: 20 }, { pause: {} }]
  const [, words] = changesBetween(cluster(rollout('1.0.0', ...steps)), cluster(rollout('2.0.0', ...steps)))
  expect(words).toBe('  web-api 2.0.0 to 20 %, then waits for a promote')
})

test('mentions the way back at once only to an older version', () => {
  const withWindow = (version: string) => {
    const { spec, ...rest } = rollout(version, { setWeight: 20 })
    return cluster({ ...rest, spec: { ...(spec as object), rollbackWindow: { revisions: 3 } } })
  }
  const words = (from: string, to: string) => changesBetween(withWindow(from), withWindow(to))[1]
  expect(words('9.0.0', '10.0.0')).toBe('  web-api 10.0.0 to 20 %')
  expect(words('10.0.0', '9.0.0')).toBe('  web-api 9.0.0 to 20 % (at once, if it is one of the last 3 releases)')
})

test('names the namespace of objects that have the same name', () => {
  const inNamespace = (namespace: string) => ({ ...service('same'), metadata: { name: 'same', namespace } })
  const after = cluster(service('alone'), inNamespace('one'), inNamespace('two'))
  const line = 'web-api creates Service/alone, Service/same in one, Service/same in two'
  expect(changesBetween(cluster(), after)).toEqual([line])
})

test('splits a long line by its verbs', () => {
  const of = (prefix: string) => Array.from({ length: 6 }, (_, index) => service(`${prefix}-${index}`))
  const lines = changesBetween(cluster(...of('old')), cluster(...of('new')))
  expect(lines).toEqual([expect.stringMatching(/^web-api creates /), expect.stringMatching(/^web-api deletes /)])
})

test('counts the rest of a long list', () => {
  const many = Array.from({ length: 10 }, (_, index) => service(`service-${index}`))
  expect(changesBetween(cluster(), cluster(...many))[0]).toMatch(/Service\/service-7, 2 more$/)
})
