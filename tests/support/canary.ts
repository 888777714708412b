import { test as base } from '@playwright/test'
import { execa } from 'execa'
import { root } from '../../cli/settings.ts'
import { Clone } from './gitops.ts'
import { finishRollout, rolloutIs, weightsAre } from './rollouts.ts'

/** A test that begins with a Healthy rollout, changes the cluster through its clone, and restores it at the end. */
export const test = base.extend<{ clone: Clone }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for an object pattern
  clone: async ({}, use) => {
    const clone = await Clone.make()
    await rolloutIs('Healthy')
    await use(clone)
    await clone.restore()
    await finishRollout()
  },
})

/** Makes the image of web-api in that version, as a user does; once is enough for a cluster. */
export async function makeVersion(version: string, ...how: string[]): Promise<void> {
  const args = ['run', '--silent', 'release', '--', 'web-api', version, ...how]
  const { exitCode, all } = await execa('npm', args, { cwd: root, all: true, reject: false })
  if (exitCode !== 0 && !all.includes('is there already')) throw new Error(all)
}

/** Releases a version, and waits until it has 20 % and a person is to decide. */
export async function releaseToPause(clone: Clone, version = '2.0.0'): Promise<void> {
  await clone.release(version)
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
}
