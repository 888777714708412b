/** Minikube's own commands work with this cluster as with any other. */
import { expect, test } from '@playwright/test'
import { kubernetesVersion } from '../../cli/minikube/minikube.ts'
import { profile } from '../../cli/settings.ts'
import { minikube } from '../support/minikube.ts'

test('Minikube lists the profile, and all its parts are running', async () => {
  const { valid } = JSON.parse(await minikube('profile', 'list', '--output=json'))
  expect(valid.map(({ Name }: { Name: string }) => Name)).toContain(profile)
  const running = { Host: 'Running', Kubelet: 'Running', APIServer: 'Running', Kubeconfig: 'Configured' }
  expect(JSON.parse(await minikube('status', '--output=json'))).toMatchObject(running)
})

test('image ls, kubectl, ssh, ip and logs work', async () => {
  const images = (await minikube('image', 'ls')).split('\n')
  expect(images).toEqual(
    expect.arrayContaining([`registry.k8s.io/kube-apiserver:${kubernetesVersion}`, 'localhost/web-api:1.0.0']),
  )
  expect(await minikube('kubectl', '--', 'get', 'nodes', '--output=name')).toBe(`node/${profile}`)
  expect(await minikube('ssh', '--', 'hostname')).toBe(profile)
  expect(await minikube('ip')).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(await minikube('logs', '--length=5')).toContain('==> kubelet <==')
})
