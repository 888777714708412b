import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, commonSettings, port, readableFile, readConfig, serviceUrl } from './config.ts'

const schema = z.object({
  ...commonSettings,
  PORT: port(8080),
  ARTICLES_URL: serviceUrl().default('http://articles:8080'),
  KEY_FILE: readableFile(),
  ISSUER: z.string(),
})
const complete = { KEY_FILE: import.meta.filename, ISSUER: 'me' }

test('an unset or empty variable gets its default', () => {
  const settings = readConfig(schema, { ...complete, PORT: '', SHUTDOWN_GRACE_MS: '250' })
  expect(settings).toMatchObject({
    PORT: 8080,
    ARTICLES_URL: 'http://articles:8080',
    SHUTDOWN_GRACE_MS: 250,
    LOG_LEVEL: 'info',
  })
})

test('the error lists every mistake', () => {
  const environment = {
    PORT: '70000',
    LOG_LEVEL: 'loud',
    ARTICLES_URL: 'ftp://articles',
    KEY_FILE: '/nowhere',
    ISSUER: '',
  }
  const read = () => readConfig(schema, environment)
  expect(read).toThrow(ConfigError)
  for (const mistake of [
    /PORT: must be a whole number from 0 to 65535/,
    /LOG_LEVEL: .*"info"/,
    /ARTICLES_URL: must be an http or https URL/,
    /KEY_FILE: must be the path of a readable file/,
    /ISSUER: is missing/,
  ]) {
    expect(read).toThrow(mistake)
  }
})

test.each(['-1', '1.5', '1e3', ' 80', '0x50'])('"%s" is not a port', (value) => {
  expect(() => readConfig(schema, { ...complete, PORT: value })).toThrow(/PORT/)
})
