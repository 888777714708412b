/** Whether the ports that a cluster is to have on 127.0.0.1 are free. */
import { createServer } from 'node:net'
import { type Ports, ports } from './settings.ts'

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

const variables = { web: 'WEB_PORT', argocd: 'ARGOCD_PORT', api: 'API_PORT' }

/**
 * A line for each that is taken.
 * @param held what the running cluster itself listens on
 */
export async function portProblems(held: Partial<Ports> = {}): Promise<string[]> {
  const taken = Object.entries(ports).map(async ([name, port]) => {
    if (Object.values(held).includes(port) || (await isFree(port))) return []
    return [
      `port ${port} on 127.0.0.1 is taken: end what listens there, or set ${variables[name as keyof typeof variables]}`,
    ]
  })
  return (await Promise.all(taken)).flat()
}
