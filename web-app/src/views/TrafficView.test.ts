// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { failed, listed } from '../testing.ts'
import TrafficView from './TrafficView.vue'

const fetchMock = vi.spyOn(globalThis, 'fetch')
let root: HTMLElement
let unmount: () => void

beforeEach(() => {
  vi.useFakeTimers()
  root = document.createElement('div')
  document.body.replaceChildren(root)
  const app = createApp(TrafficView)
  app.mount(root)
  unmount = () => app.unmount()
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
  fetchMock.mockReset()
})

/** Version 2 responds to every fifth new user, and fails for every second of these; this browser gets version 2. */
function split(): void {
  let count = 0
  fetchMock.mockImplementation(async (_url, init) => {
    if (init?.credentials !== 'omit') return listed([], { 'x-version': '2.0.0' })
    count++
    const headers = { 'x-version': count % 5 === 0 ? '2.0.0' : '1.0.0' }
    return count % 10 === 0 ? failed(500, {}, headers) : listed([], headers)
  })
}

function button(name: string): HTMLButtonElement {
  const found = [...root.querySelectorAll('button')].find((each) => each.textContent?.trim() === name)
  if (!found) throw new Error(`There is no button "${name}"`)
  return found
}

function row(version: string): string[] {
  const cells = root.querySelectorAll(`[data-version="${version}"] > *`)
  return [...cells].map((cell) => cell.textContent?.trim() ?? '')
}

test('counts responses and errors of each version', async () => {
  split()
  button('Start').click()
  await vi.advanceTimersByTimeAsync(20_300)
  button('Stop').click()
  await vi.advanceTimersByTimeAsync(10)
  expect(row('1.0.0').slice(0, 5)).toEqual(['1.0.0', '80%', '80%', '80%', '0%'])
  expect(row('2.0.0').slice(0, 5)).toEqual(['2.0.0', '20%', '20%', '20%', '100%'])
  expect(Number(row('2.0.0')[6])).toBe(20)
  expect(root.querySelector('[data-testid=errors]')?.textContent).toBe('20')
  expect(root.querySelector('[data-testid=flow]')?.getAttribute('aria-label')).toContain('2.0.0 20%')
})

test('links the trace of a response of each version when the cluster records traces, and has no column for it otherwise', async () => {
  const heads = () => [...root.querySelectorAll('thead th')].map((head) => head.textContent)
  split()
  button('Start').click()
  await vi.advanceTimersByTimeAsync(1000)
  expect(heads()).not.toContain('Trace')
  fetchMock.mockImplementation(async () => listed([], { 'x-version': '1.0.0', 'x-trace-url': 'http://viewer/1' }))
  await vi.advanceTimersByTimeAsync(1000)
  button('Stop').click()
  await vi.advanceTimersByTimeAsync(10)
  expect(heads()).toContain('Trace')
  const link = root.querySelector('[data-version="1.0.0"] a')
  expect([link?.getAttribute('href'), link?.textContent?.trim()]).toEqual(['http://viewer/1', 'slowest'])
})

test('announces only rare changes to screen readers, not every response', async () => {
  split()
  const status = root.querySelector('[role=status]')
  const said: string[] = []
  const observer = new MutationObserver(() => said.push(status?.textContent ?? ''))
  if (status) observer.observe(status, { childList: true, characterData: true, subtree: true })
  button('Start').click()
  await vi.advanceTimersByTimeAsync(30_000)
  button('Stop').click()
  await vi.advanceTimersByTimeAsync(10)
  observer.disconnect()
  expect(said.at(-1)).toBe('Stopped.')
  expect(said.length).toBeLessThanOrEqual(4)
})

test('Reset empties the table', async () => {
  split()
  button('Start').click()
  await vi.advanceTimersByTimeAsync(1000)
  button('Stop').click()
  await vi.advanceTimersByTimeAsync(10)
  button('Reset').click()
  await vi.advanceTimersByTimeAsync(10)
  expect(root.querySelector('tbody')?.textContent).toContain('No responses yet')
})
