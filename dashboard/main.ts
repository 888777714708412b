/** `npm run dashboard`: the whole delivery as a web page on 127.0.0.1, with the user's kubeconfig. */
import { randomBytes } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'vite'
import { fail, UserError } from '../cli/errors.ts'
import { dashboardPort } from '../cli/settings.ts'
import { actions } from './actions.ts'
import { observe, type View } from './observe.ts'
import { createServer } from './server.ts'

const page = join(import.meta.dirname, 'page')

async function dashboard(): Promise<void> {
  await build({ root: page, configFile: join(page, 'vite.config.ts'), logLevel: 'error' })
  const viewers = new Set<(view: View) => void>()
  let view: View = { notifications: [], problem: '' }
  const subscribe = (show: (view: View) => void) => {
    viewers.add(show)
    show(view)
    return () => void viewers.delete(show)
  }
  const token = randomBytes(24).toString('base64url')
  const host = `127.0.0.1:${dashboardPort}`
  const app = createServer({ token, host, page: join(page, 'dist'), actions, subscribe, current: () => view })
  const server = createHttpServer(app)
  const ended = new AbortController()
  server.on('error', (error: NodeJS.ErrnoException) => {
    const taken = `port ${dashboardPort} on 127.0.0.1 is taken: end what listens there, or choose another by DASHBOARD_PORT`
    fail(error.code === 'EADDRINUSE' ? new UserError(taken) : error)
  })
  server.listen(dashboardPort, '127.0.0.1', () =>
    console.log(`Dashboard   http://${host}/#token=${token}\nIt ends with Ctrl-C.`),
  )
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort())
  await observe(ended.signal, (next) => {
    view = next
    for (const show of viewers) show(next)
  })
  server.closeAllConnections()
  server.close()
}

await dashboard().catch(fail)
