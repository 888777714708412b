/** Argo CD syncs for this project only the sources, destinations and kinds that its AppProject lists. */
import { expect, test } from '@playwright/test'
import { kubectl, kubectlJson } from '../../cli/tools.ts'
import { ArgoCdCli } from '../support/argocd.ts'

interface Application {
  spec: { source: { repoURL: string; path: string }; destination: { server: string; namespace: string } }
  status?: { conditions?: { type: string; message: string }[]; operationState?: { message?: string } }
}

const get = (name: string) => kubectlJson<Application>(['get', 'application', name, '--namespace=argocd'])

async function authors(): Promise<Application['spec']> {
  return (await get('authors')).spec
}

const foreign: [string, (spec: Application['spec']) => Partial<Application['spec']>, RegExp][] = [
  [
    'a foreign repository',
    ({ source }) => ({ source: { ...source, repoURL: 'https://example.com/foreign.git' } }),
    /repo https:\/\/example\.com\/foreign\.git is not permitted in project/,
  ],
  [
    'a foreign namespace',
    ({ destination }) => ({ destination: { ...destination, namespace: 'kube-system' } }),
    /do not match any of the allowed destinations in project/,
  ],
  [
    'a foreign kind',
    ({ source }) => ({ source: { ...source, path: 'base/kiali' } }),
    /ClusterRole is not permitted in project/,
  ],
]

for (const [what, change, reason] of foreign) {
  test(`Argo CD rejects ${what}`, async () => {
    const spec = await authors()
    const name = 'not-allowed'
    const metadata = { name, namespace: 'argocd' }
    const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec }
    const input = JSON.stringify({ ...application, spec: { ...spec, ...change(spec) } })
    await kubectl(['create', '--filename=-'], { input })
    try {
      await expect(async () => {
        const { conditions = [], operationState } = (await get(name)).status ?? {}
        const messages = [...conditions.map(({ message }) => message), operationState?.message]
        expect(messages.join()).toMatch(reason)
      }).toPass({ timeout: 60_000 })
    } finally {
      await kubectl(['delete', 'application', name, '--namespace=argocd'])
    }
  })
}

const template = { metadata: { labels: { app: 'by-hand' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } }
const shownOnly: [string, string, object][] = [
  ['v1', 'Pod', template.spec],
  ['apps/v1', 'ReplicaSet', { selector: { matchLabels: template.metadata.labels }, template }],
  ['argoproj.io/v1alpha1', 'AnalysisRun', { metrics: [{ name: 'a', provider: { prometheus: { query: '1' } } }] }],
]

for (const [apiVersion, kind, spec] of shownOnly) {
  test(`the API server rejects ${kind}s from Argo CD, which may show them, and accepts them from others`, async () => {
    const object = { apiVersion, kind, metadata: { name: 'by-hand', namespace: 'default' }, spec }
    const create = (...who: string[]) =>
      kubectl(['create', '--dry-run=server', '--filename=-', ...who], { input: JSON.stringify(object) })
    await expect(create('--as=system:serviceaccount:argocd:argocd-application-controller')).rejects.toThrow(
      `Argo CD shows ${kind}s and syncs none: write a Deployment or a Rollout`,
    )
    await create()
  })
}

test('Argo CD shows the ReplicaSets and Pods of the Rollout that it syncs', async () => {
  const argocd = await ArgoCdCli.login()
  try {
    const { output } = await argocd.run('app', 'get', 'web-api', '--output=tree')
    for (const kind of ['Rollout/web-api', 'ReplicaSet/web-api-', 'Pod/web-api-']) expect(output).toContain(kind)
  } finally {
    await argocd.remove()
  }
})
