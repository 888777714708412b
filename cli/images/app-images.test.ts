import { expect, test } from 'vitest'
import { components, imageName } from '../components.ts'
import { initialVersions, missingImages } from './app-images.ts'

const workload = (...images: string[]) => ({
  kind: 'Rollout',
  spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
})

test('an image that the cluster lacks is listed with the command that makes it', () => {
  expect(missingImages([workload('localhost/web-api:2.1.0')], new Set(['localhost/web-api:2.0.0']))).toEqual([
    { name: 'localhost/web-api:2.1.0', remedy: 'npm run release -- web-api 2.1.0' },
  ])
})

test.each([
  ['an image that is there', ['localhost/web-app:1.0.0']],
  ['an image of the system, which npm start makes', ['localhost/calico-felix:3.31-b1f3c43f8437']],
  ['an image of somebody else', ['quay.io/argoproj/argocd:v3.5.7', 'nginx']],
  ['a name that only begins like a component', ['localhost/web-app-old:1.0.0', 'localhost/authors2:1.0.0']],
])('%s is not missing', (_, images) => {
  expect(missingImages([workload(...images)], new Set(['localhost/web-app:1.0.0']))).toEqual([])
})

test('an image that several objects name is listed once, and previews keep their name', () => {
  const objects = [workload('localhost/authors:1.1.0-rc.1'), workload('localhost/authors:1.1.0-rc.1')]
  expect(missingImages(objects, new Set()).map(({ remedy }) => remedy)).toEqual([
    'npm run release -- authors 1.1.0-rc.1',
  ])
})

test('a fresh cluster gets every component, and web-api in two versions to try a canary with', () => {
  expect(new Set(initialVersions.map(([component]) => component))).toEqual(new Set(components))
  expect(initialVersions.filter(([component]) => component === 'web-api')).toHaveLength(2)
  expect(imageName({ component: 'web-api', version: '2.0.0' })).toBe('localhost/web-api:2.0.0')
})
