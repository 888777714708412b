/**
 * `npm run dashboard`: shows the whole delivery as a web page on 127.0.0.1, with the user's kubeconfig.
 *
 * The script in package.json limits V8's space for new objects to 1 MB. Without the limit it grows with the read each
 * second, and after some minutes the process needs 163 MB instead of 112 MB.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { UserError } from '../cli/errors.ts'
import { checkRunning } from '../cli/minikube/node.ts'
import { webPages } from '../cli/pages.ts'
import { ports, readEnvironment } from '../cli/settings.ts'
import { actions } from './actions.ts'
import { readDelivery, readHistory } from './history.ts'
import { observe, untilSignal, type View } from './observe.ts'
import { createRoom, mostReads, ownAddresses, type Room } from './room.ts'
import { createServer } from './server.ts'

const page = join(import.meta.dirname, 'page')

/** @param variable the environment variable with the port */
async function listen(server: Server, address: string, port: number, variable: string): Promise<void> {
  server.listen(port, address)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const inUse = `port ${port} of ${address} is in use: end the program that uses it, or set ${variable}`
    if (error.code === 'EADDRINUSE') throw new UserError(inUse)
    if (error.code === 'EADDRNOTAVAIL')
      throw new UserError(`LISTEN: this machine has no address ${address}; it has ${ownAddresses().join(', ')}`)
    throw error
  })
}

/** Starts the server for a room, if the user gave an address; prints what it exposes. */
async function openRoom(servers: Server[]): Promise<Room | undefined> {
  const { LISTEN, ROOM_PORT } = readEnvironment()
  if (!LISTEN) return undefined
  const url = `http://${LISTEN.includes(':') ? `[${LISTEN}]` : LISTEN}:${ROOM_PORT}`
  const room = createRoom(`http://127.0.0.1:${ports().web}`, url)
  const server = createHttpServer(room.app)
  await listen(server, LISTEN, ROOM_PORT, 'ROOM_PORT')
  servers.push(server)
  console.log(`Room        ${url} is open to everybody who can reach ${LISTEN}, until you stop the dashboard: the files of the
            Traffic page, and reads of the articles, ${mostReads.eachBrowser}/s for each browser and ${mostReads.allBrowsers}/s for all. No other path, and no writes.`)
  return room
}

/**
 * Serves the page until SIGINT or SIGTERM.
 * @throws {UserError} when no cluster is running, or the port is in use
 */
export async function dashboard({ rollback }: { rollback: boolean }): Promise<void> {
  const port = readEnvironment().DASHBOARD_PORT
  await checkRunning()
  // In another process, so that the dashboard does not keep Vite's 300 MB.
  await execa('vite', ['build', '--logLevel=error'], { cwd: page, preferLocal: true })
  const viewers = new Set<(view: View) => void>()
  let view: View = { notifications: [], problem: '' }
  const subscribe = (show: (view: View) => void) => {
    viewers.add(show)
    show(view)
    return () => void viewers.delete(show)
  }
  const token = randomBytes(24).toString('base64url')
  const host = `127.0.0.1:${port}`
  const links = async () => (await webPages()).filter(({ url }) => url !== `http://${host}`)
  const servers: Server[] = []
  const room = await openRoom(servers)
  const app = createServer({
    token,
    host,
    page: join(page, 'dist'),
    actions,
    history: readHistory,
    delivery: readDelivery,
    links,
    ...(room && { room }),
    subscribe,
    current: () => view,
  })
  const server = createHttpServer(app)
  servers.push(server)
  await listen(server, '127.0.0.1', port, 'DASHBOARD_PORT')
  console.log(`Dashboard   http://${host}/#token=${token}\nPress Ctrl-C to stop it.`)
  try {
    await observe(untilSignal(), rollback, (next) => {
      view = next
      for (const show of viewers) show(next)
    })
  } finally {
    for (const each of servers) {
      each.closeAllConnections()
      each.close()
    }
  }
}
