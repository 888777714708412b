/** Common code of the services' tests: servers that stop when the test ends. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'

/** Dependencies of an application under test. */
export const quiet = () => ({ version: '2.3.4', logger: pino({ level: 'silent' }), lifecycle: { stopping: false } })

/** A logger and the lines that it has logged so far. */
export function recordingLogger() {
  const lines: Record<string, unknown>[] = []
  return { logger: pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) }), lines }
}

/** Serves until the test ends. Returns the base URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return urlOf(server)
}

/** Base URL of a server that listens. */
export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** POSTs JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}
