// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { listed } from '../testing.ts'
import { maximumInFlight, type Traffic, useTraffic } from './useTraffic.ts'

const fetchMock = vi.spyOn(globalThis, 'fetch')
let hidden = false
let traffic: Traffic
let unmount: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden)
  fetchMock.mockImplementation(async () => listed([], { 'x-version': '1.0.0' }))
  const app = createApp({
    setup() {
      traffic = useTraffic()
      return () => null
    },
  })
  app.mount(document.createElement('div'))
  unmount = () => app.unmount()
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
  fetchMock.mockReset()
  hidden = false
})

/** Number of requests as this browser or as new users. */
const sent = (credentials: RequestCredentials) =>
  fetchMock.mock.calls.filter(([, init]) => init?.credentials === credentials).length

async function sentDuring(milliseconds: number, credentials: RequestCredentials = 'omit'): Promise<number> {
  const before = sent(credentials)
  await vi.advanceTimersByTimeAsync(milliseconds)
  return sent(credentials) - before
}

function hide(value: boolean): void {
  hidden = value
  document.dispatchEvent(new Event('visibilitychange'))
}

test('sends nothing before the start or after the stop', async () => {
  expect(await sentDuring(2000)).toBe(0)
  traffic.start()
  expect(await sentDuring(2000)).toBeGreaterThan(0)
  traffic.stop()
  expect(await sentDuring(2000)).toBe(0)
})

test.each([1, 10, 50])('sends %i requests per second', async (rate) => {
  traffic.rate.value = rate
  traffic.start()
  const sent = await sentDuring(10_000)
  expect(sent).toBeGreaterThanOrEqual(rate * 10 - 1)
  expect(sent).toBeLessThanOrEqual(rate * 10 + 1)
  expect(traffic.measuredRate.value).toBeCloseTo(rate, 0)
  expect(traffic.behind.value).toBe(false)
})

test('stops at the limit without responses, says so, and sends no burst afterwards', async () => {
  const waiting: (() => void)[] = []
  fetchMock.mockImplementation(() => new Promise((resolve) => waiting.push(() => resolve(listed([])))))
  traffic.rate.value = 20
  traffic.start()
  expect(await sentDuring(5000)).toBe(maximumInFlight)
  expect(traffic.behind.value).toBe(true)
  for (const answer of waiting) answer()
  expect(await sentDuring(100)).toBeLessThanOrEqual(maximumInFlight)
})

test('sends one request per second as this browser, and never two at a time', async () => {
  fetchMock.mockImplementation(async (_url, init) => {
    const version = init?.credentials === 'omit' ? '1.0.0' : '2.0.0'
    return listed([], { 'x-version': version })
  })
  traffic.rate.value = 20
  traffic.start()
  expect(await sentDuring(5000, 'same-origin')).toBeGreaterThanOrEqual(5)
  expect(await sentDuring(5000, 'same-origin')).toBeLessThanOrEqual(5)
  expect([...traffic.ownShares.value]).toEqual([['2.0.0', expect.closeTo(1)]])
  expect(traffic.summary.value.map(({ version }) => version)).toEqual(['1.0.0'])
  fetchMock.mockImplementation(() => new Promise(() => {}))
  expect(await sentDuring(5000, 'same-origin')).toBe(1)
})

test('pauses while the page is hidden', async () => {
  traffic.start()
  await sentDuring(1000)
  hide(true)
  expect(await sentDuring(60_000)).toBe(0)
  hide(false)
  expect(await sentDuring(1000)).toBeGreaterThan(8)
  expect(traffic.seconds()).toBeLessThan(3)
})

test('sends nothing after its component is unmounted', async () => {
  traffic.start()
  await sentDuring(1000)
  unmount()
  hide(false)
  expect(await sentDuring(5000)).toBe(0)
})

test('a reset forgets all responses, also those to requests in flight', async () => {
  traffic.start()
  await sentDuring(1000)
  expect(traffic.summary.value[0]?.answers).toBeGreaterThan(5)
  traffic.stop()
  let answer = () => {}
  fetchMock.mockImplementation(() => new Promise((resolve) => (answer = () => resolve(listed([])))))
  traffic.start()
  await sentDuring(20)
  traffic.stop()
  traffic.reset()
  answer()
  await sentDuring(1000)
  expect(traffic.summary.value).toEqual([])
})
