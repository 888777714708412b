import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Recent } from './recent.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Loads 1, 2, 3, ... */
function counting() {
  let count = 0
  return async () => ++count
}

test('a value is cached until its time to live ends', async () => {
  const recent = new Recent<number>(1_000)
  const load = counting()
  expect(await recent.get('a', load)).toBe(1)
  vi.advanceTimersByTime(999)
  expect(await recent.get('a', load)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await recent.get('a', load)).toBe(2)
})

test('each key has its own value', async () => {
  const recent = new Recent<number>(1_000)
  const load = counting()
  expect([await recent.get('a', load), await recent.get('b', load)]).toEqual([1, 2])
})

test('concurrent callers share one load, even with a time to live of 0', async () => {
  const recent = new Recent<number>(0)
  const load = counting()
  expect(await Promise.all([recent.get('a', load), recent.get('a', load)])).toEqual([1, 1])
  expect(await recent.get('a', load)).toBe(2)
})

test('a failed load is not cached', async () => {
  const recent = new Recent<number>(1_000)
  await expect(recent.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await recent.get('a', counting())).toBe(1)
})

test('after clear no caller gets a value whose load began before', async () => {
  const recent = new Recent<string>(1_000)
  let finish = (_value: string) => {}
  const old = recent.get('a', () => new Promise((resolve) => (finish = resolve)))
  recent.clear()
  expect(await recent.get('a', async () => 'new')).toBe('new')
  finish('old')
  expect(await old).toBe('old')
  expect(await recent.get('a', async () => 'newer')).toBe('new')
})

test('the cache limits the number of keys', async () => {
  const recent = new Recent<number>(1_000)
  const load = counting()
  for (let index = 0; index <= 1_000; index++) await recent.get(`key ${index}`, load)
  expect(await recent.get('key 1000', load)).toBe(1_001)
  expect(await recent.get('key 0', load)).toBe(1_002)
})
