import { generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { issuer, startWebApi } from './testing.ts'

const manage = (url: string, authorization?: string) =>
  fetch(`${url}/web-api/v1/manage`, {
    method: 'POST',
    ...(authorization !== undefined && { headers: { authorization } }),
  })

const past = Math.floor(Date.now() / 1000) - 60

test('an administrator clears the caches', async () => {
  const { url, sign, articlesService, authorsService } = await startWebApi({ cacheMs: 60_000 })
  await fetch(`${url}/web-api/v1/getmultiple`)
  const response = await manage(url, `Bearer ${await sign({ groups: ['users', 'admin'] })}`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ message: 'Caches cleared', version: '2.3.4', subject: 'ada' })
  await fetch(`${url}/web-api/v1/getmultiple`)
  expect(articlesService.requests).toHaveLength(2)
  expect(authorsService.requests).toHaveLength(6)
})

test.each([
  undefined,
  '',
  'Basic YTpi',
  'Bearer',
  'Bearer a b',
  'Bearer not.a.token',
])('manage returns 401 for %j, which is not a token', async (authorization) => {
  const { url } = await startWebApi()
  const response = await manage(url, authorization)
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="web-api"/)
  expect(await response.json()).toMatchObject({ status: 401, title: 'Unauthorized' })
})

test.each([
  ['an expired token', { exp: past }],
  ['a token without an expiry', { exp: undefined }],
  ['a token without a subject', { sub: undefined }],
  ['a token of another issuer', { iss: 'https://other.example' }],
  ['a token for another audience', { aud: 'articles' }],
])('manage rejects %s with 401', async (_what, claims) => {
  const { url, sign } = await startWebApi()
  const response = await manage(url, `Bearer ${await sign({ groups: ['admin'], ...claims })}`)
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
})

test('manage rejects a token that another key signed, or no key, with 401', async () => {
  const { url, sign } = await startWebApi()
  const { privateKey } = await generateKeyPair('EdDSA')
  expect((await manage(url, `Bearer ${await sign({ groups: ['admin'] }, privateKey)}`)).status).toBe(401)
  const hmac = new SignJWT({ groups: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setSubject('ada')
  const forged = await hmac
    .setAudience('web-api')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('x'.repeat(32)))
  expect((await manage(url, `Bearer ${forged}`)).status).toBe(401)
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged.split('.')[1]}.`
  expect((await manage(url, `Bearer ${unsigned}`)).status).toBe(401)
})

test.each([
  {},
  { groups: [] },
  { groups: ['users'] },
  { groups: 'admin' },
  { groups: { admin: true } },
])('manage rejects the claims %j, which lack the group admin, with 403', async (claims) => {
  const { url, sign } = await startWebApi()
  const response = await manage(url, `Bearer ${await sign(claims)}`)
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ status: 403, detail: 'Only administrators may do this' })
})
