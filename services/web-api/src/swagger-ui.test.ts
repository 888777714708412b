import { expect, test } from 'vitest'
import { startWebApi } from './testing.ts'

test('the page and all it refers to are served below /openapi/ui/, within the content security policy', async () => {
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

test('assets are sent as they are to those who cannot unzip', async () => {
  const { url } = await startWebApi()
  const get = (encoding: string) =>
    fetch(`${url}/openapi/ui/swagger-ui.css`, { headers: { 'accept-encoding': encoding } })
  const [zipped, plain] = [await get('gzip'), await get('identity')]
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(plain.headers.get('vary')).toBe('accept-encoding')
  expect(await zipped.text()).toBe(await plain.text())
})

test('the page without its slash leads to the one with it', async () => {
  const { url } = await startWebApi()
  const response = await fetch(`${url}/openapi/ui`, { redirect: 'manual' })
  expect(response.status).toBe(308)
  expect(response.headers.get('location')).toBe('/openapi/ui/')
})

test('answers of the API may load nothing in a browser', async () => {
  const { url } = await startWebApi()
  const { headers } = await fetch(`${url}/web-api/v1/getmultiple`)
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.has('strict-transport-security')).toBe(false)
})
