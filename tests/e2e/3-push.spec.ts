/** The remote `cluster` accepts only what the cluster would accept. */
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { paths } from '../../cli/settings.ts'
import { kubectl } from '../../cli/tools.ts'
import { Clone } from '../support/gitops.ts'

let clone: Clone

test.beforeAll(async () => {
  clone = await Clone.make()
})

test.afterEach(() => clone.reset())

test.afterAll(() => clone.restore())

async function clusterState(): Promise<string> {
  const main = await execa('git', ['--git-dir', paths.git, 'rev-parse', 'main'])
  const versions = '--output=jsonpath={range .items[*]}{.kind}={.metadata.resourceVersion} {end}'
  const objects = await kubectl(['get', 'virtualservices,destinationrules,gateways,services', versions])
  return [main.stdout, ...objects.split(' ').sort()].join(' ')
}

const mistakes = [
  {
    name: 'an unknown field',
    file: 'base/web-api/virtual-service.yaml',
    from: 'exact: /web-api/v1/manage',
    to: 'exactly: /web-api/v1/manage',
    says: ['base/web-api/virtual-service.yaml', 'VirtualService/virtualservice-ingress-web-api-web-app', 'exactly'],
  },
  {
    name: 'an unknown field deep in a Rollout',
    file: 'overlays/canary/rollout.yaml',
    from: 'readOnlyRootFilesystem: true',
    to: 'readOnlyRootFileSystem: true',
    says: ['overlays/canary/rollout.yaml', 'Rollout/web-api', 'readOnlyRootFileSystem: field not declared in schema'],
  },
  {
    name: 'a value of the wrong type',
    file: 'overlays/canary/rollout.yaml',
    from: 'setWeight: 20',
    to: 'setWeight: a fifth',
    says: ['overlays/canary/rollout.yaml', 'Rollout/web-api', 'setWeight'],
  },
  {
    name: 'a quantity that is none',
    file: 'base/articles/database/stateful-set.yaml',
    from: 'memory: 256Mi',
    to: 'memory: 256MiB',
    says: ['base/articles/database/stateful-set.yaml', 'StatefulSet/articles-db', 'quantities must match'],
  },
  {
    name: 'an unknown kind',
    file: 'overlays/v1/destination-rule.yaml',
    from: 'kind: DestinationRule',
    to: 'kind: DestinationRules',
    says: ['overlays/v1/destination-rule.yaml', 'DestinationRules/web-api', 'knows no kind DestinationRules'],
  },
  {
    name: 'what Istio would reject',
    file: 'overlays/split/kustomization.yaml',
    from: 'weight: 20',
    to: 'weight: -20',
    says: ['base/web-api/virtual-service-api.yaml', 'VirtualService/', 'weight'],
  },
  {
    name: 'a file that is not there',
    file: 'base/authors/kustomization.yaml',
    from: '- service.yaml',
    to: '- servise.yaml',
    says: ['base/authors/kustomization.yaml', 'servise.yaml'],
  },
  {
    name: 'an overlay that is not there',
    file: 'clusters/minikube/kustomization.yaml',
    from: 'overlays/canary #',
    to: 'overlays/cannary #',
    says: ['Application/web-api', 'overlays/cannary'],
  },
  {
    name: 'a container that may gain privileges',
    file: 'overlays/canary/rollout.yaml',
    from: 'allowPrivilegeEscalation: false',
    to: 'privileged: true',
    says: ['overlays/canary/rollout.yaml', 'Rollout/web-api', 'would violate PodSecurity "restricted', 'privileged'],
  },
  {
    name: 'broken YAML',
    file: 'base/web-app/service.yaml',
    from: 'spec:',
    to: 'spec: [',
    says: ['base/web-app', 'service.yaml'],
  },
]

for (const { name, file, from, to, says } of mistakes) {
  test(`rejects ${name}, says where, and the cluster does not move`, async () => {
    const before = await clusterState()
    await clone.edit(file, from, to)
    const { accepted, output } = await clone.push(name)
    expect(accepted).toBe(false)
    for (const part of says) expect(output).toContain(part)
    expect(await clusterState()).toBe(before)
  })
}

test('accepts one of two fields that exclude each other in place of the other', async () => {
  await clone.edit('base/web-api/pod-disruption-budget.yaml', 'maxUnavailable: 1', 'minAvailable: 1')
  const { accepted, output } = await clone.push('another budget')
  expect(accepted, output).toBe(true)
  await clone.synced()
})

test('the push and status name an image that git asks for and the cluster lacks', async () => {
  const output = await clone.release('9.9.9')
  expect(output).toContain('npm run release -- web-api 9.9.9')
  await expect(async () => {
    const status = await execa('npm', ['run', '--silent', 'status'], { all: true, reject: false })
    expect(status.all).toContain('localhost/web-api:9.9.9')
    expect(status.exitCode).toBe(1)
  }).toPass({ timeout: 60_000 })
})
