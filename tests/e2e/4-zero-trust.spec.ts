/** Who may call whom: exactly what the AuthorizationPolicies list, from inside the mesh, from outside it, and outwards. */
import { expect, test } from '@playwright/test'
import { request } from 'undici'
import { ports } from '../../clusters/settings.ts'
import { closeNetworkToProbes, openNetworkToProbes, Probe } from '../support/probes.ts'

/** Places outside the mesh: another namespace, and a port of the node itself. */
const outside = ['http://argocd-server.argocd/healthz', 'http://192.168.49.2:10256/healthz']

/** A call, and the only ones that may make it. */
const calls: [method: string, url: string, callers: string[]][] = [
  ['GET', 'http://articles:8080/articles/v1/getmultiple?amount=1', ['web-api']],
  ['POST', 'http://articles:8080/articles/v1/create', ['web-api']],
  ['DELETE', 'http://articles:8080/articles/v1/getmultiple', []],
  ['GET', 'http://articles:8080/articles/v1/create', []],
  ['GET', 'http://articles:8080/health/ready', []],
  ['GET', 'http://articles:8080/metrics', []],
  ['GET', 'http://authors:3000/api/v1/getauthor?name=Harald%20Uebele', ['web-api']],
  ['POST', 'http://authors:3000/api/v1/getauthor', []],
  ['GET', 'http://authors:3000/openapi', []],
  ['GET', 'http://authors:3000/metrics', []],
  ['GET', 'http://web-api:9080/web-api/v1/getmultiple', []],
  ['POST', 'http://web-api:9080/web-api/v1/create', []],
  ['GET', 'http://web-api:9080/metrics', []],
  ['GET', 'http://web-app/', []],
  ['GET', 'postgres://articles-db:5432', ['articles']],
  ...outside.map((url): [string, string, string[]] => ['GET', url, []]),
]

const callers = ['articles', 'articles-db', 'authors', 'web-api', 'web-app', 'default']

// NetworkPolicies have tests of their own.
test.beforeAll(openNetworkToProbes)
test.afterAll(closeNetworkToProbes)

for (const caller of callers) {
  test(`${caller} may make the calls that are listed for it, and no other`, async () => {
    const probe = await Probe.start(caller)
    try {
      const letThrough = await probe.let(calls.map(([method, url]) => ({ method, url })))
      const found = calls.filter((_, index) => letThrough[index]).map(([method, url]) => `${method} ${url}`)
      const listed = calls.filter(([, , allowed]) => allowed.includes(caller))
      expect(found).toEqual(listed.map(([method, url]) => `${method} ${url}`))
    } finally {
      await probe.stop()
    }
  })
}

test('without a sidecar, in plain text, nobody may call anything in the mesh, whatever its ServiceAccount', async () => {
  const probe = await Probe.start('web-api', { hasSidecar: false })
  try {
    const letThrough = await probe.let(calls.map(([method, url]) => ({ method, url })))
    // What the mesh does not keep is reached: the probe asks, and the other tests' "no" is the mesh's.
    expect(calls.filter((_, index) => letThrough[index]).map(([, url]) => url)).toEqual(outside)
  } finally {
    await probe.stop()
  }
})

for (const [method, path, status] of [
  ['GET', '/', 200],
  ['HEAD', '/', 200],
  ['GET', '/web-api/v1/getmultiple', 200],
  ['GET', '/openapi', 200],
  ['GET', '/openapi/ui/', 200],
  ['POST', '/web-api/v1/create', 400],
  ['POST', '/web-api/v1/manage', 401],
  ['POST', '/', 403],
  ['DELETE', '/web-api/v1/getmultiple', 403],
  ['GET', '/web-api/v1/create', 403],
  ['PUT', '/web-api/v1/manage', 403],
] as const) {
  test(`a browser that sends ${method} ${path} gets ${status}`, async () => {
    const body = method === 'POST' ? '{}' : undefined
    const headers = { 'content-type': 'application/json' }
    const answer = await request(`http://127.0.0.1:${ports.web}${path}`, { method, headers, body: body ?? null })
    await answer.body.dump()
    expect(answer.statusCode).toBe(status)
  })
}
