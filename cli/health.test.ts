import type { IApplication, IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import { expect, test } from 'vitest'
import { reasonOf } from './health.ts'

type Spec = Partial<IApplication['spec']>

/** An Application that differs from git. */
const outOfSync = (spec: Spec, status: Partial<IApplication['status']> = {}): IApplication => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'authors' },
  spec: { project: 'services', destination: {}, ...spec },
  status: { sync: { status: 'OutOfSync' }, ...status },
})
const automated = { syncPolicy: { automated: { selfHeal: true } } }
const windows: IAppProject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'services' },
  spec: { syncWindows: [{ kind: 'deny' }] },
}

test.each<[string, IApplication, IAppProject[], string | RegExp]>([
  [
    'an error of several lines is one line',
    outOfSync(automated, { conditions: [{ type: 'SyncError', message: 'rejected:\n\n  - by the webhook\n' }] }),
    [],
    'rejected: - by the webhook',
  ],
  ['a sync window is named', outOfSync(automated), [windows], /^AppProject\/services has sync windows/],
  ['without automated sync somebody must sync', outOfSync({}), [], /by hand/],
  ['without self-healing', outOfSync({ syncPolicy: { automated: {} } }), [], /^selfHeal is off/],
  ['what Argo CD will sync in a moment has no reason', outOfSync(automated), [], ''],
])('%s', (_, application, projects, reason) =>
  expect(reasonOf(application, undefined, projects)).toEqual(
    typeof reason === 'string' ? reason : expect.stringMatching(reason),
  ))
