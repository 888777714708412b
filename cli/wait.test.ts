import { expect, test, vi } from 'vitest'
import { UserError } from './errors.ts'
import { until } from './wait.ts'

const never = async () => undefined

test('the answer is the first that is truthy', async () => {
  const condition = vi.fn<() => Promise<string | false | undefined>>()
  condition.mockResolvedValueOnce(undefined).mockResolvedValueOnce(false).mockResolvedValue('ready')
  expect(await until('it', condition, { seconds: 5, intervalMs: 1 })).toBe('ready')
  expect(condition).toHaveBeenCalledTimes(3)
})

test('a time-out names what was awaited, how long, and why it did not come', async () => {
  const why = vi.fn(async () => 'pod articles: ImagePullBackOff')
  const waiting = until('the pods to be ready', never, { seconds: 0.02, intervalMs: 1, why })
  await expect(waiting).rejects.toThrow(
    new UserError('waited 0.02 s for the pods to be ready\npod articles: ImagePullBackOff'),
  )
  expect(why).toHaveBeenCalledOnce()
})

test('a time-out without a reason is one line', async () => {
  const waiting = until('the moon', never, { seconds: 0.01, intervalMs: 1 })
  await expect(waiting).rejects.toThrow(/^waited 0\.01 s for the moon$/)
})

test('nobody is asked for reasons when it goes well', async () => {
  const why = vi.fn(() => '')
  await until('it', async () => true, { seconds: 1, why })
  expect(why).not.toHaveBeenCalled()
})

test('an error of the condition ends the wait at once', async () => {
  const broken = vi.fn(async () => {
    throw new UserError('the node ended')
  })
  await expect(until('it', broken, { seconds: 60 })).rejects.toThrow('the node ended')
  expect(broken).toHaveBeenCalledOnce()
})
