import { test as base } from '@playwright/test'
import { Clone } from './gitops.ts'
import { finishRollout, rolloutIs } from './rollouts.ts'

/** A test that begins with no rollout going on, changes what the cluster runs by its clone, and leaves the cluster as it was. */
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
