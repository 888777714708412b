import { test as base } from '@playwright/test'
import { execa } from 'execa'
import type { Component } from '../../cli/components.ts'
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

/** Builds that version of web-api as a user does, unless the cluster has it. */
export function makeVersion(version: string, ...how: string[]): Promise<void> {
  return makeImage('web-api', version, ...how)
}

export async function makeImage(component: Component, version: string, ...how: string[]): Promise<void> {
  const args = ['run', '--silent', 'release', '--', component, version, ...how]
  const { exitCode, all } = await execa('npm', args, { cwd: root, all: true, reject: false })
  if (exitCode !== 0 && !all.includes('is there already')) throw new Error(all)
}

/** Releases a version, and waits until it has 20 % and the rollout waits for a promotion. */
export async function releaseToPause(clone: Clone, version = '2.0.0'): Promise<void> {
  await clone.release(version)
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
}
