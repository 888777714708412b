/** These tests need no cluster: release checks its arguments first. */
import { expect, test } from 'vitest'
import { UserError } from '../errors.ts'
import { type Badness, release } from './release.ts'

test.each(['database', 'constructor', ''])('release rejects the component %j and lists all', async (component) => {
  const message = `there is no ${component}: release one of web-api, articles, authors, web-app, kiali, zipkin`
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
])('release rejects the version %j and explains the format', async (version) => {
  const message = `"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`
  await expect(release('web-api', version, {})).rejects.toThrow(new UserError(message))
})

test.each<[string, Badness]>([
  ['articles', { fail: 30 }],
  ['web-app', { slow: 800 }],
])('release rejects %s with %j', async (component, badness) => {
  const message = `--fail and --slow are for web-api only: ${component} has no canary`
  await expect(release(component, '1.1.0', badness)).rejects.toThrow(new UserError(message))
})

test('release without a version shows an example', async () => {
  const message = 'the version is missing; for example: npm run release -- authors 2.1.0'
  await expect(release('authors', undefined, {})).rejects.toThrow(new UserError(message))
})

test.each<[string, string | undefined, Badness]>([
  ['kiali', '2.27.2', {}],
  ['zipkin', undefined, { fail: 30 }],
])('release rejects %s with the version %j and %j', async (option, version, badness) => {
  const message = `${option} takes no version and no options; run: npm run release -- ${option}`
  await expect(release(option, version, badness)).rejects.toThrow(new UserError(message))
})
