/** The system's web pages: where each is, and how one gets in. */
import { runsKiali } from './kiali.ts'
import { ports, readEnvironment } from './settings.ts'
import { table } from './table.ts'

export interface WebPage {
  name: string
  url: string
  /** Who logs in, or the command that serves the page; empty where there is nothing to do. */
  access: string
}

/** @param login what Argo CD's page asks for, or where one finds it */
export async function webPages(login = 'user admin; npm run status has the password'): Promise<WebPage[]> {
  const { web, argocd } = ports()
  const { DASHBOARD_PORT } = readEnvironment()
  const url = (port: number, path = '') => `http://127.0.0.1:${port}${path}`
  const rollouts = 'kubectl argo rollouts dashboard serves it'
  // By a port-forward: Docker publishes ports when it makes the node, and not later.
  const kiali = 'istioctl dashboard kiali --namespace=kiali serves it; no login, it only shows'
  return [
    { name: 'Web app', url: url(web), access: '' },
    { name: 'Traffic', url: url(web, '/traffic'), access: '' },
    { name: 'Argo CD', url: url(argocd), access: login },
    { name: 'Argo Rollouts', url: url(3100, '/rollouts'), access: rollouts },
    { name: 'Dashboard', url: url(DASHBOARD_PORT), access: 'npm run dashboard serves it' },
    ...((await runsKiali()) ? [{ name: 'Kiali', url: url(20001, '/kiali'), access: kiali }] : []),
  ]
}

/** The pages as lines of text. */
export async function pagesText(login?: string): Promise<string> {
  return table((await webPages(login)).map(({ name, url, access }) => [name, url, access]))
}
