import { test as base } from '@playwright/test'
import { Clone } from './gitops.ts'
import { finishRollout, rolloutIs } from './rollouts.ts'

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
