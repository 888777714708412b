/** Finds objects among rendered manifests. */
import type { IApplication, IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1'
import type { IDestinationRule, IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1beta1'
import type { Deployment as AppsDeployment } from 'kubernetes-types/apps/v1.d.ts'
import { expect } from 'vitest'
import { type KubernetesObject, nameOf } from '../../cli/judge/objects.ts'

/** A published type with all fields required: a test fails when a manifest lacks a field that it reads. */
type Filled<T> = T extends (infer Item)[]
  ? Filled<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Filled<T[Key]> }
    : T

export type VirtualService = KubernetesObject & Filled<Pick<IVirtualService, 'spec'>>
export type DestinationRule = KubernetesObject & Filled<Pick<IDestinationRule, 'spec'>>
export type Deployment = KubernetesObject & Filled<Pick<AppsDeployment, 'spec'>>
export type Rollout = KubernetesObject & Filled<Pick<IRollout, 'spec'>>
export type AppProject = KubernetesObject & Filled<Pick<IAppProject, 'spec'>>
export type Application = KubernetesObject & Filled<Pick<IApplication, 'spec'>>

export function all<T extends KubernetesObject>(objects: KubernetesObject[], kind: string): T[] {
  return objects.filter((object) => object.kind === kind) as T[]
}

/** The only object of a kind, or the one with that name. */
export function the<T extends KubernetesObject>(objects: KubernetesObject[], kind: string, name?: string): T {
  const found = all<T>(objects, kind).filter(({ metadata }) => !name || metadata.name === name)
  expect(found.map(nameOf), `${kind} ${name ?? ''}`).toHaveLength(1)
  return found[0] as T
}
