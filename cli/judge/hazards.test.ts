import { expect, test } from 'vitest'
import { namespace } from '../settings.ts'
import { hazardsBetween } from './hazards.ts'
import type { KubernetesObject } from './objects.ts'
import { rejectHazards } from './rejection.ts'
import { systems } from './systems.ts'

const deployment = (spec: object): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'authors' },
  spec: { selector: { matchLabels: { app: 'authors' } }, ...spec },
})
const volume: KubernetesObject = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'data' }, spec: {} }

/** A cluster with one Application, which syncs these objects to that namespace. */
function cluster(name: string, objects: KubernetesObject[], to = namespace) {
  const spec = { project: 'a', source: { repoURL: 'b', path: 'base/c' }, destination: { namespace: to } }
  const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name }, spec }
  const items = (list: KubernetesObject[]) => list.map((object) => ({ object, file: 'a.yaml' }))
  const folders = new Map([
    ['clusters/minikube', items([application])],
    ['base/c', items(objects)],
  ])
  return systems(folders)
}

const before = cluster('authors', [deployment({}), volume])
const others = { selector: { matchLabels: { app: 'others' } } }

test.each([
  ['an Application with another name', cluster('writers', [deployment({}), volume]), ['delete-application']],
  ['an Application in another namespace', cluster('authors', [deployment({}), volume], 'else'), ['move-application']],
  ['no replicas', cluster('authors', [deployment({ replicas: 0 }), volume]), ['no-replicas']],
  ['another selector', cluster('authors', [deployment(others), volume]), ['change-selector']],
  ['a volume that goes', cluster('authors', [deployment({})]), ['delete-volume']],
  ['more replicas, which are none', cluster('authors', [deployment({ replicas: 3 }), volume]), []],
])('%s', (_, after, names) => {
  expect(hazardsBetween(before, after).map(({ name }) => name)).toEqual(names)
})

test('a new image that the cluster lacks', () => {
  const image = (name: string) => ({ template: { spec: { containers: [{ image: name }] } } })
  const to = (name: string) => cluster('authors', [deployment(image(name)), volume])
  const loaded = new Set(['localhost/authors:1.0.0'])
  const hazards = (from: string, name: string) => hazardsBetween(to(from), to(name), loaded)
  expect(hazards('localhost/authors:2.0.0', 'localhost/authors:1.0.0')).toEqual([])
  expect(hazards('localhost/authors:2.0.0', 'localhost/authors:2.0.0')).toEqual([])
  expect(hazards('localhost/authors:1.0.0', 'localhost/authors:2.0.0')).toEqual([
    { name: 'missing-image', consequence: expect.stringContaining('new pods of Deployment/authors cannot start') },
  ])
})

test('an option outside of the services is switched off without a question', () => {
  expect(hazardsBetween(cluster('kiali', [volume], 'kiali'), cluster('authors', []))).toEqual([])
})

test('the rejection prints the options that let the push through, and they do', () => {
  const hazards = hazardsBetween(before, cluster('authors', [deployment({ replicas: 0 })]))
  expect(() => rejectHazards(hazards, [])).toThrow(
    'Deployment/authors keeps no pods; requests to it fail\n  Argo CD deletes PersistentVolume/data and what it holds\n' +
      '  to push nevertheless: git push -o allow=no-replicas -o allow=delete-volume …',
  )
  expect(() => rejectHazards(hazards, ['allow=no-replicas', 'allow=delete-volume'])).not.toThrow()
})
