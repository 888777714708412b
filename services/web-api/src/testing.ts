/** Common code of the tests of web-api: fake services behind it, with faults on demand, and an administrator's key. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { quiet, serve } from '@cloud-native-canary/shared/testing'
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import { createApp } from './app.ts'
import { Articles } from './articles.ts'
import { Authors } from './authors.ts'
import { adminCheck } from './token.ts'
import { Upstream } from './upstream.ts'

export const issuer = 'https://issuer.example'

/** A service that records its requests and fails when a test wants it to. */
class Fake {
  readonly requests: { path: string; headers: IncomingHttpHeaders }[] = []
  /** Status to return instead; with `hang` the service does not respond. */
  fault: number | 'hang' | undefined
  readonly #answer: (req: IncomingMessage) => Promise<[status: number, body?: unknown]>

  constructor(answer: (req: IncomingMessage) => Promise<[status: number, body?: unknown]>) {
    this.#answer = answer
  }

  readonly listener = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    this.requests.push({ path: req.url ?? '', headers: req.headers })
    if (this.fault === 'hang') return
    const [status, body] = this.fault ? [this.fault] : await this.#answer(req)
    res.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
  }
}

const article = (id: number, author: string) => ({
  id: `${id}`,
  title: `Title ${id}`,
  url: `https://a.example/${id}`,
  author,
})

const blogs: Record<string, string> = { Niklas: 'https://niklas.example', Harald: 'https://harald.example' }

/** Web-api with twelve articles by Niklas, Harald and Nobody in turns; authors knows only the first two. */
export async function startWebApi({ amount = 5, cacheMs = 0, failPercent = 0, slowMs = 0 } = {}) {
  const stored = Array.from({ length: 12 }, (_, index) =>
    article(12 - index, ['Niklas', 'Harald', 'Nobody'][index % 3] ?? ''),
  )
  const articlesService = new Fake(async (req) => {
    if (req.method === 'POST') {
      const created = {
        id: `${stored.length + 1}`,
        ...((await json(req)) as { title: string; url: string; author: string }),
      }
      stored.unshift(created)
      return [201, created]
    }
    const asked = Number(new URL(req.url ?? '', 'http://articles').searchParams.get('amount'))
    return stored.length === 0 ? [204] : [200, stored.slice(0, asked)]
  })
  const authorsService = new Fake(async (req) => {
    const name = new URL(req.url ?? '', 'http://authors').searchParams.get('name') ?? ''
    return blogs[name] ? [200, { name, blog: blogs[name], twitter: `@${name}` }] : [404]
  })
  const dependencies = quiet()
  const toArticles = new Upstream(await serve(articlesService.listener), 300)
  const toAuthors = new Upstream(await serve(authorsService.listener), 300)
  onTestFinished(async () => void (await Promise.all([toArticles.close(), toAuthors.close()])))
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const rules = { publicKey: await exportSPKI(publicKey), algorithm: 'EdDSA', issuer, audience: 'web-api' } as const
  const url = await serve(
    createApp({
      ...dependencies,
      articles: new Articles(toArticles, amount, cacheMs, dependencies.logger),
      authors: new Authors(toAuthors, cacheMs, dependencies.logger),
      requireAdmin: await adminCheck(rules),
      failPercent,
      slowMs,
    }),
  )
  /** Signs a token with a valid subject, issuer, audience and expiry, and with these claims. */
  const sign = (claims: Record<string, unknown>, key: CryptoKey = privateKey) =>
    new SignJWT({ sub: 'ada', iss: issuer, aud: 'web-api', exp: Math.floor(Date.now() / 1000) + 60, ...claims })
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(key)
  return { url, stored, articlesService, authorsService, sign }
}
