/** The system's web pages: their URLs and how to open them. */
import { options, pageCommand, runningOptions } from './options.ts'
import { ports, readEnvironment } from './settings.ts'
import { table } from './table.ts'

export interface WebPage {
  name: string
  url: string
  /** The login, or the command that serves the page; empty when the page is open. */
  access: string
}

/** @param login the login of Argo CD's page, or where to find it */
export async function webPages(login = 'user admin; npm run status prints the password'): Promise<WebPage[]> {
  const { web, argocd } = ports()
  const { DASHBOARD_PORT } = readEnvironment()
  const url = (port: number, path = '') => `http://127.0.0.1:${port}${path}`
  const rollouts = 'kubectl argo rollouts dashboard serves it'
  return [
    { name: 'Web app', url: url(web), access: '' },
    { name: 'Traffic', url: url(web, '/traffic'), access: '' },
    { name: 'Argo CD', url: url(argocd), access: login },
    { name: 'Argo Rollouts', url: url(3100, '/rollouts'), access: rollouts },
    { name: 'Dashboard', url: url(DASHBOARD_PORT), access: 'npm run dashboard serves it' },
    ...(await runningOptions()).map((option) => {
      const { title, page } = options[option]
      // By a port-forward, because Docker publishes ports only when it creates the node.
      return { name: title, url: url(page.port, page.path), access: `${pageCommand(option)} serves it; no login` }
    }),
  ]
}

/** The pages as lines of text. */
export async function pagesText(login?: string): Promise<string> {
  return table((await webPages(login)).map(({ name, url, access }) => [name, url, access]))
}
