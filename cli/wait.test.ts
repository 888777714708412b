import { expect, test, vi } from 'vitest'
import { UserError } from './errors.ts'
import { until } from './wait.ts'

const never = async () => undefined

test('until returns the first truthy result', async () => {
  const condition = vi.fn<() => Promise<string | false | undefined>>()
  condition.mockResolvedValueOnce(undefined).mockResolvedValueOnce(false).mockResolvedValue('ready')
  expect(await until('it', condition, { seconds: 5, intervalMs: 1 })).toBe('ready')
  expect(condition).toHaveBeenCalledTimes(3)
})

test('a time-out names the condition, the time and the reason', async () => {
  const why = vi.fn(async () => 'pod articles: ImagePullBackOff')
  const waiting = until('the pods to be ready', never, { seconds: 0.02, intervalMs: 1, why })
  await expect(waiting).rejects.toThrow(
    new UserError('waited 0.02 s for the pods to be ready\npod articles: ImagePullBackOff'),
  )
  expect(why).toHaveBeenCalledOnce()
})

test('the message of a time-out without a reason is one line', async () => {
  const waiting = until('the moon', never, { seconds: 0.01, intervalMs: 1 })
  await expect(waiting).rejects.toThrow(/^waited 0\.01 s for the moon$/)
})

test('until does not ask for reasons when the condition is met', async () => {
  const why = vi.fn(() => '')
  await until('it', async () => true, { seconds: 1, why })
  expect(why).not.toHaveBeenCalled()
})

test('until throws an error of the condition at once', async () => {
  const broken = vi.fn(async () => {
    throw new UserError('the node ended')
  })
  await expect(until('it', broken, { seconds: 60 })).rejects.toThrow('the node ended')
  expect(broken).toHaveBeenCalledOnce()
})
