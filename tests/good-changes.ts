/** Past changes of single files without which the tree is still good, so that tests can take each back and judge the result. */
import { execa } from 'execa'
import { root } from '../cli/settings.ts'

/** Files by the commit that changed them. */
const files: Record<string, string[]> = {
  '24221b9': ['base/monitoring/prometheus.yml'],
  '8e41fef': ['overlays/canary-auto/kustomization.yaml', 'overlays/canary/rollout.yaml'],
  d70336f: ['overlays/canary/analysis-template.yaml'],
  '37385ce': ['base/web-api/virtual-service.yaml'],
  ea3d332: ['base/argo-cd/settings.yaml'],
  '8329a60': ['base/kiali/config.yaml', 'base/kiali/deployment.yaml', 'base/kiali/network-policy.yaml'],
  '6db9d9d': [
    'apps/addons/addons.yaml',
    'clusters/minikube/addons/network-policies.yaml',
    'clusters/minikube/kustomization.yaml',
  ],
  '47573f5': ['overlays/canary-mirror/kustomization.yaml', 'overlays/canary/kustomization.yaml'],
  d6ea42b: ['clusters/production/web-api/kustomization.yaml'],
  ebed261: [
    'apps/web-api.yaml',
    'base/web-api/pod-disruption-budget.yaml',
    'overlays/canary/destination-rule.yaml',
    'overlays/split/kustomization.yaml',
    'overlays/v1/deployments.yaml',
    'overlays/v1/destination-rule.yaml',
  ],
  '31ad1d6': [
    'base/istio/istio.yaml',
    'base/platform/gateway-authorization-policy.yaml',
    'base/platform/kustomization.yaml',
  ],
  '6237318': ['base/articles/database/stateful-set.yaml'],
  '83f9ca3': ['clusters/minikube/git/deployment.yaml', 'clusters/minikube/istio-metrics/envoy-filter.yaml'],
  d9e3bb3: ['apps/monitoring.yaml', 'apps/project.yaml', 'base/argo-cd/kustomization.yaml'],
  c2e6349: ['clusters/production/web-api/kustomization.yaml', 'overlays/canary/kustomization.yaml'],
  ac274b2: ['base/platform/kube-system.yaml'],
  '8537943': [
    'base/articles/deployment.yaml',
    'base/authors/deployment.yaml',
    'base/monitoring/deployment.yaml',
    'base/web-app/deployment.yaml',
    'overlays/canary/rollout.yaml',
  ],
  '788499b': ['base/tracing/kustomization.yaml'],
  '61e88c3': [
    'apps/kustomization.yaml',
    'base/articles/authorization-policy.yaml',
    'base/articles/network-policy.yaml',
    'base/authors/authorization-policy.yaml',
    'base/authors/network-policy.yaml',
    'base/mesh/network-policy.yaml',
    'base/platform/argo-rollouts.yaml',
    'base/web-api/authorization-policy.yaml',
    'base/web-api/network-policy.yaml',
    'clusters/production/kustomization.yaml',
  ],
  '9aa4d06': [
    'base/articles/database/kustomization.yaml',
    'base/articles/kustomization.yaml',
    'base/authors/kustomization.yaml',
    'base/mesh/kustomization.yaml',
    'base/web-app/kustomization.yaml',
  ],
  b82e862: [
    'base/authors/kustomization.yaml',
    'base/mesh/namespace/namespace.yaml',
    'base/web-app/authorization-policy.yaml',
  ],
  b7cb47c: ['apps/articles.yaml', 'apps/mesh.yaml', 'apps/web-api.yaml'],
  '3e6e0d7': ['apps/authors.yaml', 'apps/web-app.yaml'],
}

export const goodChanges = Object.entries(files).flatMap(([commit, paths]) => paths.map((file) => ({ commit, file })))

/** Whether this clone has the commits of these changes. */
export async function hasHistory(): Promise<boolean> {
  const commits = Object.keys(files)
  const { exitCode } = await execa('git', ['rev-list', '--no-walk', ...commits], { cwd: root, reject: false })
  return exitCode === 0
}

/** Takes a change back in a clone and its index. @returns false when later changes prevent it */
export async function takeBack({ commit, file }: (typeof goodChanges)[number], clone: string): Promise<boolean> {
  const options = { cwd: root, stripFinalNewline: false }
  const { stdout } = await execa('git', ['diff', `${commit}^`, commit, '--', file], options)
  const { exitCode } = await execa('git', ['apply', '--index', '--reverse'], {
    cwd: clone,
    input: stdout,
    reject: false,
  })
  return exitCode === 0
}
