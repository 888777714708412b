import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { execa } from 'execa'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../tests/support/folder.ts'
import { ApiError, Kubernetes } from './kubernetes.ts'

const folder = temporaryFolder()
const kubeconfig = join(folder, 'kubeconfig')
const read = (name: string) => readFileSync(join(folder, name))

/** One certificate serves as authority, as the server's and as the client's. */
beforeAll(async () => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'client.key']
  const certificate = ['-subj', '/CN=minikube-user', '-addext', 'subjectAltName=IP:127.0.0.1', '-out', 'client.crt']
  await execa('openssl', ['req', '-x509', '-days', '1', ...key, ...certificate], { cwd: folder })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serve(answer: RequestListener): Promise<string> {
  const certificate = { key: read('client.key'), cert: read('client.crt'), ca: read('client.crt') }
  const server = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false }, answer)
  onTestFinished(() => server.closeAllConnections())
  return listen(server)
}

const inFiles = { 'client-certificate': 'client.crt', 'client-key': 'client.key' }

function client(server: string, user: object = inFiles, authority: object = { 'certificate-authority': 'client.crt' }) {
  const config = {
    'current-context': 'own',
    contexts: [{ name: 'other' }, { name: 'own', context: { cluster: 'own', user: 'own' } }],
    clusters: [{ name: 'other' }, { name: 'own', cluster: { server, ...authority } }],
    users: [{ name: 'other' }, { name: 'own', user }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  return new Kubernetes(kubeconfig)
}

/** Returns the caller's identity as the only item of a list. */
const whoAsks: RequestListener = (req, res) => {
  const { CN } = (req.socket as TLSSocket).getPeerCertificate().subject ?? {}
  res.end(JSON.stringify({ items: [{ certificate: CN, token: req.headers.authorization }] }))
}

test.each<[string, () => [user: object, authority?: object], object]>([
  ['certificates in files', () => [inFiles], { certificate: 'minikube-user' }],
  [
    'certificates in the kubeconfig',
    () => {
      const [certificate, key] = [read('client.crt').toString('base64'), read('client.key').toString('base64')]
      const user = { 'client-certificate-data': certificate, 'client-key-data': key }
      return [user, { 'certificate-authority-data': certificate }]
    },
    { certificate: 'minikube-user' },
  ],
  ['a token', () => [{ token: 'secret' }], { token: 'Bearer secret' }],
])('the client authenticates with %s', async (_, settings, identity) => {
  expect(await client(await serve(whoAsks), ...settings()).list('/api/v1/pods')).toEqual([identity])
})

test('the client trusts only the authority of the kubeconfig', async () => {
  await expect(client(await serve(whoAsks), inFiles, {}).list('/api/v1/pods')).rejects.toThrow(
    /does not answer \(self.signed certificate/,
  )
})

test('the client uses a kubeconfig that a start of the node has changed', async () => {
  const kubernetes = client(await serve((_, res) => res.end('{"items":[1]}')))
  expect(await kubernetes.list('/api/v1/pods')).toEqual([1])
  client(await serve((_, res) => res.end('{"items":[2]}')))
  expect(await kubernetes.list('/api/v1/pods')).toEqual([2])
})

test('when no cluster answers, the error says how to start it', async () => {
  const message = /^the cluster does not answer \(.*\); start it with: npm start$/
  const missing = new Kubernetes(join(folder, 'none'))
  for (const kubernetes of [client('https://127.0.0.1:1'), missing]) {
    await expect(kubernetes.get('/api/v1/pods')).rejects.toThrow(message)
    expect(await kubernetes.isReady()).toBe(false)
  }
})

test('isReady returns false after 3 s for a paused node, which accepts connections', async () => {
  const paused = client(await listen(createTcpServer()))
  const start = performance.now()
  expect(await paused.isReady()).toBe(false)
  expect(performance.now() - start).toBeLessThan(4500)
})

test("an error has the API server's message", async () => {
  const server = await serve((_, res) => res.writeHead(403).end('{"message":"pods is forbidden"}'))
  const failing = client(server).get('/api/v1/pods')
  await expect(failing).rejects.toThrow(ApiError)
  await expect(failing).rejects.toThrow('the API server returned status 403 for /api/v1/pods: pods is forbidden')
})

test('a dry run returns the refusal and the warnings as plain text', async () => {
  const asked: IncomingMessage[] = []
  const server = await serve((req, res) => {
    asked.push(req)
    res.setHeader('warning', ['299 - "would violate PodSecurity \\"restricted:latest\\": privileged"', '299 - "old"'])
    res.writeHead(asked.length === 1 ? 200 : 422).end('{"message":"spec.replicas: must not be negative"}')
  })
  const kubernetes = client(server)
  const warnings = ['would violate PodSecurity "restricted:latest": privileged', 'old']
  expect(await kubernetes.dryRun('/apis/apps/v1/deployments/a', {})).toEqual({ warnings })
  const refusal = 'spec.replicas: must not be negative'
  expect(await kubernetes.dryRun('/apis/apps/v1/deployments/a', {})).toEqual({ warnings, refusal })
  for (const { method, url } of asked)
    expect(`${method} ${url}`).toMatch(/^PATCH .*\?dryRun=All&fieldValidation=Strict&/)
})

test.each([
  [200, true],
  [404, false],
])('status %i means that the object exists: %s', async (status, isThere) => {
  const kubernetes = client(await serve((_, res) => res.writeHead(status).end('{}')))
  expect(await kubernetes.has('/api/v1/namespaces/own')).toBe(isThere)
})

test('has throws on status 403', async () => {
  const kubernetes = client(await serve((_, res) => res.writeHead(403).end('{"message":"forbidden"}')))
  await expect(kubernetes.has('/api/v1/namespaces/own')).rejects.toThrow('forbidden')
})

test('the client retries when the API server returns status 429', async () => {
  let asked = 0
  const kubernetes = client(
    await serve((_, res) =>
      res.writeHead(++asked === 1 ? 429 : 200).end(asked === 1 ? 'storage is (re)initializing' : '{"items":[1]}'),
    ),
  )
  expect(await kubernetes.list('/api/v1/pods')).toEqual([1])
  expect(asked).toBe(2)
})
