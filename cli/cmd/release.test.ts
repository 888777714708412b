/** Without a cluster: what is wrong is said before anything looks for one. */
import { expect, test } from 'vitest'
import { UserError } from '../errors.ts'
import { type Badness, release } from './release.ts'

test.each(['database', 'constructor', ''])('%j is no component: the message names all', async (component) => {
  const message = `there is no ${component}: release one of web-api, articles, authors, web-app, or kiali`
  await expect(release(component, '1.0.0', {})).rejects.toThrow(new UserError(message))
})

test.each([
  '',
  'latest',
  '2.1',
  'v2.1.0',
  '2.1.0-',
  '2.1.0-a/b',
  '2.1.0 --push',
  '2.1.0\n',
])('%j is not a version: the message says what is', async (version) => {
  const message = `"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`
  await expect(release('web-api', version, {})).rejects.toThrow(new UserError(message))
})

test.each<[string, Badness]>([
  ['articles', { fail: 30 }],
  ['web-app', { slow: 800 }],
])('%s with %j is rejected: no canary could notice', async (component, badness) => {
  const message = `--fail and --slow are for web-api only: ${component} has no canary that could notice`
  await expect(release(component, '1.1.0', badness)).rejects.toThrow(new UserError(message))
})

test('without a version it says how one is written', async () => {
  const message = 'the version is missing, as in: npm run release -- authors 2.1.0'
  await expect(release('authors', undefined, {})).rejects.toThrow(new UserError(message))
})

test.each<[string | undefined, Badness]>([
  ['2.27.2', {}],
  [undefined, { fail: 30 }],
])('Kiali with the version %j and %j is rejected: it has none', async (version, badness) => {
  const message = 'Kiali has no version of yours and no options: npm run release -- kiali'
  await expect(release('kiali', version, badness)).rejects.toThrow(new UserError(message))
})
