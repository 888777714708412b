import { expect, test } from 'vitest'
import { components, imageName } from '../components.ts'
import { describeMissing, imagesIn, initialVersions, missingImages } from './app-images.ts'

const workload = (...images: string[]) => ({
  kind: 'Rollout',
  spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
})

test('imagesIn lists the image of several objects once', () => {
  const objects = [workload('localhost/authors:1.1.0-rc.1', 'nginx'), workload('localhost/authors:1.1.0-rc.1')]
  expect([...imagesIn(objects)]).toEqual(['localhost/authors:1.1.0-rc.1', 'nginx'])
})

const loaded = new Set(['localhost/web-app:1.0.0'])

test.each([
  ['localhost/web-app:1.0.0', false, []],
  ['localhost/web-api:2.1.0-rc.1', false, ['npm run release -- web-api 2.1.0-rc.1']],
  ['localhost/web-app-old:1.0.0', false, ['no command']],
  ['quay.io/kiali/kiali:v2.27.2', true, ['npm run release -- kiali']],
  ['quay.io/kiali/kiali:v2.27.2', false, []],
  ['docker.io/openzipkin/zipkin-slim:3.6.1', true, ['npm run release -- zipkin']],
  ['nginx', true, ['no command']],
  ['nginx', false, []],
])('of %s, with images built: %s, missingImages names %s', (name, isBuilt, words) => {
  const found = missingImages([name], loaded, isBuilt).map(describeMissing)
  expect(found).toEqual(words.map((word) => expect.stringContaining(word)))
})

test('a new cluster gets every component, and two versions of web-api for a canary', () => {
  expect(new Set(initialVersions.map(([component]) => component))).toEqual(new Set(components))
  expect(initialVersions.filter(([component]) => component === 'web-api')).toHaveLength(2)
  expect(imageName({ component: 'web-api', version: '2.0.0' })).toBe('localhost/web-api:2.0.0')
})
