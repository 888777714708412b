/** Changes of single files out of this repository's history that today's tree is good without: each can be taken back, and made again. */
import { execa } from 'execa'
import { root } from '../cli/settings.ts'

/** Files, where they are today, by the commit that changed them. */
const files: Record<string, string[]> = {
  c5477af: ['base/argo-cd/settings.yaml'],
  ac614f7: ['base/istio/istio.yaml'],
  '87b7038': [
    'base/articles/database/service.yaml',
    'base/articles/destination-rule.yaml',
    'base/articles/virtual-service.yaml',
    'base/authors/virtual-service.yaml',
    'base/web-api/virtual-service.yaml',
    'base/web-api/virtual-service-api.yaml',
    'base/argo-cd/kustomization.yaml',
    'base/mesh/gateway.yaml',
    'base/mesh/sidecar.yaml',
    'base/platform/gateway-invalid-token.yaml',
    'clusters/minikube/bootstrap/calico/daemon-set.yaml',
    'clusters/minikube/bootstrap/istio-metrics/envoy-filter.yaml',
    'clusters/minikube/bootstrap/istio.yaml',
    'clusters/production/mesh/kustomization.yaml',
    'clusters/production/platform/certificate.yaml',
    'clusters/minikube/storage.yaml',
  ],
  '24221b9': ['base/monitoring/prometheus.yml'],
  '8e41fef': ['overlays/canary-auto/kustomization.yaml', 'overlays/canary-mirror/kustomization.yaml'],
  '8329a60': ['base/kiali/config.yaml', 'base/kiali/prometheus.yml'],
  '6db9d9d': ['clusters/minikube/options/addons/network-policies.yaml'],
  '47573f5': ['overlays/canary-mirror/kustomization.yaml'],
  d6ea42b: ['clusters/production/web-api/kustomization.yaml'],
  ebed261: ['overlays/v1/kustomization.yaml', 'overlays/split/kustomization.yaml'],
  '31ad1d6': ['base/istio/istio.yaml'],
  d9e3bb3: [
    'base/argo-cd/kustomization.yaml',
    'base/argo-cd/settings.yaml',
    'clusters/production/bootstrap/argo-cd/settings.yaml',
  ],
  '789a384': [
    'clusters/minikube/bootstrap/argo-cd/kustomization.yaml',
    'clusters/minikube/bootstrap/argo-rollouts/kustomization.yaml',
  ],
  '61e88c3': [
    'apps/kustomization.yaml',
    'base/articles/authorization-policy.yaml',
    'base/articles/network-policy.yaml',
    'base/authors/authorization-policy.yaml',
    'base/authors/network-policy.yaml',
    'base/web-api/authorization-policy.yaml',
    'base/web-api/network-policy.yaml',
  ],
  d6b291d: ['base/platform/gateway-authorization-policy.yaml'],
  '9aa4d06': [
    'base/articles/database/kustomization.yaml',
    'base/articles/kustomization.yaml',
    'base/mesh/kustomization.yaml',
    'base/web-api/kustomization.yaml',
  ],
  b82e862: [
    'base/articles/kustomization.yaml',
    'base/authors/kustomization.yaml',
    'base/web-app/authorization-policy.yaml',
  ],
  '7dc68b1': ['base/articles/database/stateful-set.yaml'],
  '4f4752c': [
    'base/articles/database/stateful-set.yaml',
    'base/articles/deployment.yaml',
    'base/authors/deployment.yaml',
    'base/kiali/deployment.yaml',
    'base/monitoring/deployment.yaml',
    'base/web-api/workload/deployment.yaml',
    'base/web-app/deployment.yaml',
  ],
}

/** Where a file was before apps/ and clusters/ got folders of folders. */
const earlier = (file: string) => file.replace(/^(clusters\/\w+)\/(bootstrap|options)\//, '$1/')

export const goodChanges = Object.entries(files).flatMap(([commit, paths]) => paths.map((file) => ({ commit, file })))

/** Whether this clone has the history that they are from. */
export async function hasHistory(): Promise<boolean> {
  const commits = Object.keys(files)
  const { exitCode } = await execa('git', ['rev-list', '--no-walk', ...commits], { cwd: root, reject: false })
  return exitCode === 0
}

/** Takes a change back in a clone and its index; false where later changes are on top of it. */
export async function takeBack({ commit, file }: (typeof goodChanges)[number], clone: string): Promise<boolean> {
  const options = { cwd: root, stripFinalNewline: false }
  const then = earlier(file)
  const { stdout } = await execa('git', ['diff', '--unified=1', `${commit}^`, commit, '--', then], options)
  const { exitCode } = await execa('git', ['apply', '--index', '--reverse'], {
    cwd: clone,
    input: stdout.replaceAll(then, file),
    reject: false,
  })
  return exitCode === 0
}
