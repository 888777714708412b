import { expect, test } from 'vitest'
import { startWebApi } from './testing.ts'

test('web-api serves the page and its assets below /openapi/ui/, within the content security policy', async () => {
  const { url } = await startWebApi()
  const response = await fetch(`${url}/openapi/ui/`)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self';style-src 'self'")
  const page = await response.text()
  expect(page).not.toMatch(/<script>|<style|style=/)
  const references = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, reference]) => reference ?? '')
  expect(references.length).toBeGreaterThan(2)
  for (const reference of references) {
    const asset = await fetch(new URL(reference, response.url))
    expect(asset.status, reference).toBe(200)
    expect(asset.headers.get('content-type')).toMatch(reference.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
    expect((await asset.text()).length).toBeGreaterThan(50)
  }
})

test('web-api serves assets uncompressed to clients that do not accept gzip', async () => {
  const { url } = await startWebApi()
  const get = (encoding: string) =>
    fetch(`${url}/openapi/ui/swagger-ui.css`, { headers: { 'accept-encoding': encoding } })
  const [zipped, plain] = [await get('gzip'), await get('identity')]
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(plain.headers.get('vary')).toBe('accept-encoding')
  expect(await zipped.text()).toBe(await plain.text())
})

test('web-api redirects /openapi/ui to /openapi/ui/', async () => {
  const { url } = await startWebApi()
  const response = await fetch(`${url}/openapi/ui`, { redirect: 'manual' })
  expect(response.status).toBe(308)
  expect(response.headers.get('location')).toBe('/openapi/ui/')
})

test('responses of the API may load nothing in a browser', async () => {
  const { url } = await startWebApi()
  const { headers } = await fetch(`${url}/web-api/v1/getmultiple`)
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.has('strict-transport-security')).toBe(false)
})
