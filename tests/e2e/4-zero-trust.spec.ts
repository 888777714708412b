/** Only calls that the AuthorizationPolicies list are possible: within the mesh, into it, and out of it. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { request } from 'undici'
import { namespace, ports, root } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'
import { closeNetworkToProbes, openNetworkToProbes, Probe } from '../support/probes.ts'

/** Destinations outside the mesh: another namespace, and a port of the node; `node` stands for its address. */
const outside = ['http://argocd-server.argocd/healthz', 'http://node:10256/healthz']

/** A call, and the only callers that may make it. */
const calls: [method: string, url: string, callers: string[]][] = [
  ['GET', 'http://articles:8080/articles/v1/getmultiple?amount=1', ['web-api']],
  ['POST', 'http://articles:8080/articles/v1/create', ['web-api']],
  ['DELETE', 'http://articles:8080/articles/v1/getmultiple', []],
  ['GET', 'http://articles:8080/articles/v1/create', []],
  ['GET', 'http://articles:8080/health/ready', []],
  ['GET', 'http://articles:8080/metrics', ['prometheus']],
  ['GET', 'http://authors:3000/api/v1/getauthor?name=Harald%20Uebele', ['web-api']],
  ['POST', 'http://authors:3000/api/v1/getauthor', []],
  ['GET', 'http://authors:3000/openapi', []],
  ['GET', 'http://authors:3000/metrics', ['prometheus']],
  ['GET', 'http://web-api:9080/web-api/v1/getmultiple', []],
  ['POST', 'http://web-api:9080/web-api/v1/create', []],
  ['GET', 'http://web-api:9080/metrics', ['prometheus']],
  ['GET', 'http://web-app/', []],
  ['GET', 'postgres://articles-db:5432', ['articles']],
  ...outside.map((url): [string, string, string[]] => ['GET', url, []]),
]

const callers = ['articles', 'articles-db', 'authors', 'web-api', 'web-app', 'default']

/** The calls that each of them may make. */
let found: (typeof calls)[]

// Another file tests the NetworkPolicies.
test.beforeAll(async () => {
  await openNetworkToProbes()
  // Together, because most of the time the probes wait.
  found = await Promise.all(callers.map(async (caller) => answered(await Probe.start(caller))))
})
test.afterAll(closeNetworkToProbes)

/** Those of the calls that were allowed. @param place turns a URL into one that the probe can use */
async function answered(probe: Probe, asked = calls, place = (url: string) => url): Promise<typeof calls> {
  const path = '--output=jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
  const node = await kubectl(['get', 'nodes', path])
  const urls = asked.map(([method, url]) => ({ method, url: place(url).replace('//node:', `//${node}:`) }))
  try {
    const letThrough = await probe.let(urls)
    return asked.filter((_, index) => letThrough[index])
  } finally {
    await probe.stop()
  }
}

for (const [index, caller] of callers.entries()) {
  test(`${caller} may make only the calls that are listed for it`, () => {
    expect(found[index]).toEqual(calls.filter(([, , allowed]) => allowed.includes(caller)))
  })
}

test('Prometheus, in its own namespace, may only scrape the services', async () => {
  const probe = await Probe.start('prometheus', { in: 'monitoring' })
  const fromElsewhere = (url: string) => url.replace(/^(\w+:\/\/[\w-]+)(?=[:/])/, `$1.${namespace}`)
  const inside = calls.filter(([, url]) => !outside.includes(url))
  const listed = inside.filter(([, , allowed]) => allowed.includes('prometheus'))
  expect(await answered(probe, inside, fromElsewhere)).toEqual(listed)
})

test('without a sidecar, in plain text, no ServiceAccount may call anything in the mesh', async () => {
  const probe = await Probe.start('web-api', { hasSidecar: false })
  // The probe reaches destinations outside the mesh, so it is the mesh that rejects the other calls.
  expect((await answered(probe)).map(([, url]) => url)).toEqual(outside)
})

for (const [method, path, status] of [
  ['GET', '/', 200],
  ['HEAD', '/', 200],
  ['GET', '/web-api/v1/getmultiple', 200],
  ['GET', '/openapi', 200],
  ['GET', '/openapi/ui/', 200],
  ['POST', '/web-api/v1/create', 400],
  ['POST', '/web-api/v1/manage', 401],
  ['GET', '/web-api/v1/getmultiple/', 404],
  ['DELETE', '/web-api/v1/articles', 404],
] as const) {
  test(`a browser that sends ${method} ${path} gets ${status}`, async () => {
    const body = method === 'POST' ? '{}' : undefined
    const headers = { 'content-type': 'application/json' }
    const answer = await request(`http://127.0.0.1:${ports().web}${path}`, { method, headers, body: body ?? null })
    expect(answer.statusCode).toBe(status)
    if (status >= 400) expect(await answer.body.json()).toMatchObject({ type: 'about:blank', status })
    else await answer.body.dump()
  })
}

for (const [method, path, allow] of [
  ['POST', '/', 'GET, HEAD'],
  ['DELETE', '/web-api/v1/getmultiple', 'GET, HEAD'],
  ['OPTIONS', '/openapi', 'GET, HEAD'],
  ['GET', '/web-api/v1/create', 'POST'],
  ['PUT', '/web-api/v1/manage', 'POST'],
] as const) {
  test(`${method} ${path} returns 405 and the allowed methods`, async () => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${ports().web}${path}`, { method })
    expect(statusCode).toBe(405)
    expect(headers).toMatchObject({ allow, 'content-type': 'application/problem+json' })
    expect(await body.json()).toMatchObject({ status: 405 })
  })
}

test('the gateway serves a client with HTTP/1.0', async () => {
  const socket = connect(ports().web, '127.0.0.1')
  socket.write('GET /web-api/v1/getmultiple HTTP/1.0\r\nHost: localhost\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.[01] 200 OK\r\n/)
})

test('page and API accept the same cookies', async () => {
  for (const [bytes, statuses] of [
    [9_000, [200, 200]],
    [17_000, [400, 431]],
  ] as const) {
    const headers = { cookie: `other=${'a'.repeat(bytes)}` }
    const answers = ['/', '/web-api/v1/getmultiple'].map((path) =>
      request(`http://127.0.0.1:${ports().web}${path}`, { headers }),
    )
    const [page, api] = await Promise.all(answers)
    expect([page?.statusCode, api?.statusCode]).toEqual(statuses)
    await page?.body.dump()
    expect(await api?.body.json()).toBeTruthy()
  }
})

test.describe('the gateway rejects calls of manage', () => {
  const manage = (authorization?: string) =>
    request(`http://127.0.0.1:${ports().web}/web-api/v1/manage`, {
      method: 'POST',
      headers: authorization ? { authorization } : {},
    })

  test('without a token', async () => {
    const { statusCode, headers, body } = await manage()
    expect(statusCode).toBe(401)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'www-authenticate': 'Bearer realm="web-api"',
    })
    expect(headers).not.toHaveProperty('x-version')
    expect(await body.json()).toMatchObject({ status: 401, detail: 'A bearer token is needed' })
  })

  for (const [what, change] of [
    ['a token that another key signed', (token: string) => `Bearer ${token.slice(0, -8)}AAAAAAA=`],
    ['a token without a signature', (token: string) => `Bearer ${unsigned(token)}`],
    ['another scheme', () => 'Basic YWRtaW46YWRtaW4='],
  ] as const) {
    test(`with ${what}`, async () => {
      const { statusCode, headers, body } = await manage(change(await adminToken()))
      expect(statusCode).toBe(401)
      expect(headers).not.toHaveProperty('x-version')
      expect(headers['content-type']).toBe('application/problem+json')
      expect(await body.json()).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    })
  }

  test('but not with the token of npm run token', async () => {
    const { statusCode, headers, body } = await manage(`Bearer ${await adminToken()}`)
    await body.dump()
    expect(statusCode).toBe(200)
    expect(headers).toHaveProperty('x-version')
  })
})

async function adminToken(): Promise<string> {
  const { stdout } = await execa('npm', ['run', '--silent', 'token'], { cwd: root })
  return stdout.trim()
}

/** The same claims with `"alg": "none"`. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

for (const [path, status] of [
  ['/web-api/v1/getmultiple', 200],
  ['/openapi', 200],
  ['/openapi/ui/nothing', 404],
] as const) {
  test(`${path} has the security headers`, async () => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${ports().web}${path}`)
    expect(statusCode).toBe(status)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(await body.text()).not.toMatch(/^ {4}at /m)
  })
}
