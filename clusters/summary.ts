/** What `npm start` ends with: where everything is, and what to try first. */
import { cluster } from './cluster.ts'
import { kind, paths, ports } from './settings.ts'

export function printSummary(): void {
  const argoCd = cluster.hasArgoCdPages
    ? '(user admin; the password: npm run status)'
    : '(its API, for the argocd command; npm run dashboard has pages)'
  console.log(`
  Web app      http://127.0.0.1:${ports.web}
  Traffic      http://127.0.0.1:${ports.web}/traffic
  Argo CD      http://127.0.0.1:${ports.argocd}   ${argoCd}
  Kubernetes   https://127.0.0.1:${ports.api}

  Use your own tools with it:
    export KUBECONFIG=${paths.kubeconfig} PATH=${paths.bin}:$PATH

  Three things to try:
    1. Release version 2 to 20 % of the requests: change newTag to 2.0.0 in overlays/canary/kustomization.yaml,
       commit, and git push cluster HEAD:main. Watch the Traffic page.
    2. kubectl argo rollouts promote web-api   (or abort web-api)
    3. The article's split by hand: in clusters/${kind}/kustomization.yaml change overlays/canary to overlays/split,
       commit, and git push cluster HEAD:main.
`)
}
