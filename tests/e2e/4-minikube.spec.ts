/** Minikube's own commands, for those who know it: they find this cluster as any other. */
import { expect, test } from '@playwright/test'
import { kubernetesVersion } from '../../cli/minikube/minikube.ts'
import { profile } from '../../cli/settings.ts'
import { minikube } from '../support/minikube.ts'

test('the profile is listed, and everything of it runs', async () => {
  const { valid } = JSON.parse(await minikube('profile', 'list', '--output=json'))
  expect(valid.map(({ Name }: { Name: string }) => Name)).toContain(profile)
  const running = { Host: 'Running', Kubelet: 'Running', APIServer: 'Running', Kubeconfig: 'Configured' }
  expect(JSON.parse(await minikube('status', '--output=json'))).toMatchObject(running)
})

test('image ls, kubectl, ssh, ip and logs answer', async () => {
  const images = (await minikube('image', 'ls')).split('\n')
  expect(images).toEqual(
    expect.arrayContaining([`registry.k8s.io/kube-apiserver:${kubernetesVersion}`, 'localhost/web-api:1.0.0']),
  )
  expect(await minikube('kubectl', '--', 'get', 'nodes', '--output=name')).toBe(`node/${profile}`)
  expect(await minikube('ssh', '--', 'hostname')).toBe(profile)
  expect(await minikube('ip')).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(await minikube('logs', '--length=5')).toContain('==> kubelet <==')
})
