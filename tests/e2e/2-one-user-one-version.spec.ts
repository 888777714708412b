/** Overlay canary-by-user: 20 % of the users get the canary, instead of 20 % of the requests, and each user keeps the same version. */
import { expect } from '@playwright/test'
import { makeVersion, releaseToPause, test } from '../support/canary.ts'
import type { Clone } from '../support/gitops.ts'
import { argoRollouts, rolloutIs, weightsAre } from '../support/rollouts.ts'
import { binomialInterval, countOf, createMany, each, newUsers, User } from '../support/traffic.ts'

test.setTimeout(420_000)

const read = (users: User[]) => each(users, (user) => user.read())
const create = (users: User[]) => each(users, (user) => user.create())

/** Each of the two gateway pods gets new weights by itself, later on a busy machine. */
const eventually = (check: () => Promise<void>) => expect(check).toPass({ timeout: 90_000 })

async function useOverlay(clone: Clone): Promise<void> {
  await clone.useOverlay('canary-by-user')
  await clone.synced()
}

/** Waits until a user gets the same version from both gateway pods. */
const bothGatewaysKnow = () =>
  eventually(async () => {
    const users = newUsers(100)
    const versions = await read(users)
    expect(Object.keys(countOf(versions))).toHaveLength(2)
    expect(await read(users)).toEqual(versions)
  })

/** Expects that a fifth has the version. With 99 percent, one in a hundred correct counts is outside by chance. */
function expectAFifth(versions: string[], version: string, percent: 99 | 99.9 = 99.9): void {
  const [least, most] = binomialInterval(versions.length, 0.2, percent)
  const found = countOf(versions)[version] ?? 0
  expect(found).toBeGreaterThanOrEqual(least)
  expect(found).toBeLessThanOrEqual(most)
  console.log(`${found} of ${versions.length} users have ${version}`)
}

test('20 % of 2,000 users get the canary and keep it, the others keep stable, and an abort returns all to stable', async ({
  clone,
  page,
}) => {
  await useOverlay(clone)
  const early = newUsers(500)
  await read(early)
  await clone.release('2.0.0')
  // The canary still has weight 0, so every user gets stable; the split below includes these users.
  expect(countOf(await read(early))).toEqual({ '1.0.0': 500 })
  await weightsAre({ stable: 80, canary: 20 })
  await rolloutIs('Paused')
  await bothGatewaysKnow()
  expectAFifth(await read(early), '2.0.0')

  let users: User[] = []
  let versions: string[] = []
  await expect(async () => {
    users = newUsers(2000)
    versions = await read(users)
    expectAFifth(versions, '2.0.0', 99)
  }).toPass({ timeout: 90_000 })
  expect(await create(users)).toEqual(versions)
  expect(await read(users)).toEqual(versions)
  // The gateway splits users whose first request is a create in the same way.
  const creators = newUsers(500)
  const theirs = await create(creators)
  expectAFifth(theirs, '2.0.0')
  expect(await read(creators)).toEqual(theirs)

  const tester = new User({ 'x-canary': 'always' })
  expect(countOf(await read(Array.from({ length: 20 }, () => tester)))).toEqual({ '2.0.0': 20 })
  expect(await createMany(20, { 'x-canary': 'always' })).toEqual({ '2.0.0': 20 })

  await page.goto('/traffic')
  await page.getByRole('slider', { name: 'Requests per second' }).fill('30')
  await page.getByRole('button', { name: 'Start' }).click()
  for (const version of ['1.0.0', '2.0.0']) await expect(page.locator(`[data-version="${version}"]`)).toBeVisible()
  const own = page.locator('[data-version] .own')
  await expect(page.getByTestId('answers')).toHaveText(/^[3-9]\d\d$/, { timeout: 60_000 })
  expect((await own.allInnerTexts()).sort()).toEqual(['0%', '100%'])
  await page.getByRole('button', { name: 'Stop' }).click()
  // No script and no other site uses the cookie, the browser sends it only to the API, and it ends.
  expect(await page.evaluate('document.cookie')).not.toContain('web-api-user')
  const cookieFor = async (path: string) =>
    (await page.context().cookies(new URL(path, page.url()).href)).find(({ name }) => name === 'web-api-user')
  expect(await cookieFor('/')).toBeUndefined()
  const cookie = await cookieFor('/web-api/v1/getmultiple')
  expect(cookie?.sameSite).toBe('Lax')
  expect(cookie?.expires).toBeGreaterThan(Date.now() / 1000)

  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  await eventually(async () => expect(countOf(await read(users))).toEqual({ '1.0.0': 2000 }))
  expect(countOf(await create(users))).toEqual({ '1.0.0': 2000 })
  await argoRollouts('retry', 'rollout')
  await weightsAre({ stable: 80, canary: 20 })
  // A retry is the same release, so the same users get the canary again.
  await eventually(async () => expect(await read(users)).toEqual(versions))
})

test('after a promotion all users get the new version, and the next release splits the users anew', async ({
  clone,
}) => {
  await makeVersion('2.1.0')
  await useOverlay(clone)
  await releaseToPause(clone)
  await bothGatewaysKnow()
  const users = newUsers(1000)
  const before = await read(users)
  expectAFifth(before, '2.0.0')
  await argoRollouts('promote')
  await rolloutIs('Healthy')
  await eventually(async () => expect(countOf(await read(users))).toEqual({ '2.0.0': 1000 }))

  await releaseToPause(clone, '2.1.0')
  await bothGatewaysKnow()
  const after = await read(users)
  expectAFifth(after, '2.1.0')
  expectAFifth(
    after.filter((_, index) => before[index] === '2.0.0'),
    '2.1.0',
  )
  expect(await create(users)).toEqual(after)
  // A revert has no canary, so cookies do not matter.
  await clone.release('1.0.0')
  await expect(async () => expect(countOf(await read(users))).toEqual({ '1.0.0': 1000 })).toPass({ timeout: 60_000 })
})
