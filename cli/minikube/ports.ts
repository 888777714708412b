/** Checks whether ports of 127.0.0.1 are free. */
import { createServer } from 'node:net'
import type { Ports } from '../settings.ts'

/** Whether nothing listens on that port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

const variables = { web: 'WEB_PORT', argocd: 'ARGOCD_PORT' }

/** A line for each port that is in use. */
export async function portProblems(ports: Ports): Promise<string[]> {
  const taken = Object.entries(ports).map(async ([name, port]) => {
    const variable = variables[name as keyof Ports]
    return (await isFree(port)) ? [] : [`something listens on port ${port} of 127.0.0.1: end it, or set ${variable}`]
  })
  return (await Promise.all(taken)).flat()
}
