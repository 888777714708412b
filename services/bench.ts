/**
 * Compares web-api's `getmultiple`, from the built services on loopback, with a bare `node:http` and a bare Express server
 * that return the same response, in interleaved rounds. `npx tsx services/bench.ts [rounds] [seconds]`
 *
 * Fails when web-api's throughput is under 70 % of bare Express, when its p99 is 3 times that of Express or more, or when it
 * sends more than one request to authors per distinct author.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import autocannon from 'autocannon'
import { LocalServices } from './local.ts'

const [rounds = 5, seconds = 4] = process.argv.slice(2).map(Number)
const route = '/web-api/v1/getmultiple'
const baseline = path.join(import.meta.dirname, 'bench-baseline.ts')

interface Result {
  /** Requests per second. */
  throughput: number
  /** Milliseconds. */
  p99: number
}

async function measure(url: string, duration: number): Promise<Result> {
  const result = await autocannon({ url: url + route, connections: 32, duration })
  if (result.errors || result.non2xx) throw new Error(`${url}: ${result.errors} errors, ${result.non2xx} not 2xx`)
  return { throughput: result.requests.average, p99: result.latency.p99 }
}

/** The results of each server, one per round. Rounds are interleaved, so that other load on the machine affects all equally. */
async function compete(contestants: Record<string, string>): Promise<Record<string, Result[]>> {
  const results: Record<string, Result[]> = {}
  for (const url of Object.values(contestants)) await measure(url, 2)
  for (let round = 0; round < rounds; round++) {
    for (const [name, url] of Object.entries(contestants)) {
      results[name] = [...(results[name] ?? []), await measure(url, seconds)]
    }
  }
  return results
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Requests that authors has served so far. */
async function authorsRequests(services: LocalServices): Promise<number> {
  const metrics = await (await fetch(`${services.urls.authors}/metrics`)).text()
  return Number(/_count\{[^}]*getauthor[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0)
}

const services = await LocalServices.start('2.0.0')
try {
  const answer = await (await fetch(services.urls['web-api'] + route)).text()
  const coldRequests = await authorsRequests(services)
  const items: { authorName: string }[] = JSON.parse(answer)
  const distinct = new Set(items.map(({ authorName }) => authorName)).size

  const answerFile = path.join(services.folder, 'answer.json')
  await writeFile(answerFile, answer)
  const start = (kind: string) => services.run(kind, ['--import', 'tsx', baseline, kind, answerFile], route)
  const contestants = {
    http: await start('http'),
    express: await start('express'),
    'web-api': services.urls['web-api'],
  }
  for (const url of Object.values(contestants)) {
    if ((await (await fetch(url + route)).text()) !== answer) throw new Error(`${url} returns a different response`)
  }

  const results = await compete(contestants)
  const of = (name: string, what: keyof Result) => median((results[name] ?? []).map((result) => result[what]))
  console.log(
    `medians of ${rounds} interleaved rounds of ${seconds} s, 32 connections, response of ${answer.length} bytes`,
  )
  for (const name of Object.keys(contestants)) {
    console.log(
      `${name.padEnd(8)} ${of(name, 'throughput').toFixed(0).padStart(7)} requests/s   p99 ${of(name, 'p99')} ms`,
    )
  }
  const throughput = of('web-api', 'throughput') / of('express', 'throughput')
  const p99 = of('web-api', 'p99') / of('express', 'p99')
  const warm = (await authorsRequests(services)) - coldRequests
  const answered = (results['web-api'] ?? []).reduce((sum, result) => sum + result.throughput * seconds, 0)
  console.log(
    `web-api / express: throughput ${(throughput * 100).toFixed(0)} % (at least 70), p99 ${p99.toFixed(2)} x (under 3)`,
  )
  console.log(
    `web-api / http:    throughput ${((of('web-api', 'throughput') / of('http', 'throughput')) * 100).toFixed(0)} %`,
  )
  console.log(`requests to authors: ${coldRequests} for the first list, with ${distinct} distinct authors`)
  console.log(`                     ${warm} for the ${answered.toFixed(0)} lists after it`)
  if (throughput < 0.7 || !(p99 < 3) || coldRequests > distinct) process.exitCode = 1
} finally {
  await services.stop()
}
