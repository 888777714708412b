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

/** One certificate is enough: as authority, for the server and for the client. */
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

/** Answers who asks, as the one item of a list. */
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
])('it asks with %s', async (_, settings, identity) => {
  expect(await client(await serve(whoAsks), ...settings()).list('/api/v1/pods')).toEqual([identity])
})

test('it trusts no other authority than that of the kubeconfig', async () => {
  await expect(client(await serve(whoAsks), inFiles, {}).list('/api/v1/pods')).rejects.toThrow(
    /does not answer \(self.signed certificate/,
  )
})

test('it follows a kubeconfig that a start of the node has changed', async () => {
  const kubernetes = client(await serve((_, res) => res.end('{"items":[1]}')))
  expect(await kubernetes.list('/api/v1/pods')).toEqual([1])
  client(await serve((_, res) => res.end('{"items":[2]}')))
  expect(await kubernetes.list('/api/v1/pods')).toEqual([2])
})

test('where nothing answers it says so, and how to start it', async () => {
  const message = /^the cluster does not answer \(.*\); start it with: npm start$/
  const missing = new Kubernetes(join(folder, 'none'))
  for (const kubernetes of [client('https://127.0.0.1:1'), missing]) {
    await expect(kubernetes.get('/api/v1/pods')).rejects.toThrow(message)
    expect(await kubernetes.isReady()).toBe(false)
  }
})

test('a node that is paused accepts connections and is not ready within 3 s', async () => {
  const paused = client(await listen(createTcpServer()))
  const start = performance.now()
  expect(await paused.isReady()).toBe(false)
  expect(performance.now() - start).toBeLessThan(4500)
})

test("an error has the API server's own words", async () => {
  const server = await serve((_, res) => res.writeHead(403).end('{"message":"pods is forbidden"}'))
  const failing = client(server).get('/api/v1/pods')
  await expect(failing).rejects.toThrow(ApiError)
  await expect(failing).rejects.toThrow('the API server answers 403 to /api/v1/pods: pods is forbidden')
})

test('a dry run answers the refusal and the warnings as plain text', async () => {
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
])('an object is there when the answer is %i: %s', async (status, isThere) => {
  const kubernetes = client(await serve((_, res) => res.writeHead(status).end('{}')))
  expect(await kubernetes.has('/api/v1/namespaces/own')).toBe(isThere)
})

test('that it may not look is not the same as that it is not there', async () => {
  const kubernetes = client(await serve((_, res) => res.writeHead(403).end('{"message":"forbidden"}')))
  await expect(kubernetes.has('/api/v1/namespaces/own')).rejects.toThrow('forbidden')
})

test('it asks again when the API server says that it is not yet ready for this', async () => {
  let asked = 0
  const kubernetes = client(
    await serve((_, res) =>
      res.writeHead(++asked === 1 ? 429 : 200).end(asked === 1 ? 'storage is (re)initializing' : '{"items":[1]}'),
    ),
  )
  expect(await kubernetes.list('/api/v1/pods')).toEqual([1])
  expect(asked).toBe(2)
})
