import { expect, test } from 'vitest'
import { components, imageName } from '../components.ts'
import { initialVersions, missingImages } from './app-images.ts'

const workload = (...images: string[]) => ({
  kind: 'Rollout',
  spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
})

test('missingImages lists an image that the cluster lacks, with the command that builds it', () => {
  expect(missingImages([workload('localhost/web-api:2.1.0')], new Set(['localhost/web-api:2.0.0']))).toEqual([
    { name: 'localhost/web-api:2.1.0', remedy: 'npm run release -- web-api 2.1.0' },
  ])
})

test.each([
  ['an image that the cluster has', ['localhost/web-app:1.0.0']],
  ['an image of the system, which npm start builds', ['localhost/calico-felix:3.31-b1f3c43f8437']],
  ['an image of another project', ['quay.io/argoproj/argocd:v3.5.7', 'nginx']],
  ['a name that only begins with that of a component', ['localhost/web-app-old:1.0.0', 'localhost/authors2:1.0.0']],
])('missingImages does not list %s', (_, images) => {
  expect(missingImages([workload(...images)], new Set(['localhost/web-app:1.0.0']))).toEqual([])
})

test('missingImages lists an image of several objects once, with the name of its preview', () => {
  const objects = [workload('localhost/authors:1.1.0-rc.1'), workload('localhost/authors:1.1.0-rc.1')]
  expect(missingImages(objects, new Set()).map(({ remedy }) => remedy)).toEqual([
    'npm run release -- authors 1.1.0-rc.1',
  ])
})

test('a new cluster gets every component, and two versions of web-api for a canary', () => {
  expect(new Set(initialVersions.map(([component]) => component))).toEqual(new Set(components))
  expect(initialVersions.filter(([component]) => component === 'web-api')).toHaveLength(2)
  expect(imageName({ component: 'web-api', version: '2.0.0' })).toBe('localhost/web-api:2.0.0')
})
