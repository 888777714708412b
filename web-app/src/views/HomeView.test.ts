// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { createApp, nextTick } from 'vue'
import { created, failed, listed } from '../testing.ts'
import type { Item } from '../web-api.gen.ts'
import HomeView from './HomeView.vue'

const article: Item = {
  id: '1',
  title: 'Canaries',
  url: 'https://example.com/canaries',
  authorName: 'Harald Uebele',
  authorBlog: 'https://haralduebele.github.io',
  authorTwitter: '@harald_u',
}

const fetchMock = vi.spyOn(globalThis, 'fetch')
let unmount = () => {}
afterEach(() => {
  unmount()
  fetchMock.mockReset()
})

/** Shows the page; each request gets the next of the responses. */
async function show(...responses: Response[]): Promise<HTMLElement> {
  for (const response of responses) fetchMock.mockResolvedValueOnce(response)
  const root = document.createElement('div')
  document.body.replaceChildren(root)
  const app = createApp(HomeView)
  app.mount(root)
  unmount = () => app.unmount()
  await settled()
  return root
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve))
    await nextTick()
  }
}

async function press(root: HTMLElement, name: string): Promise<void> {
  const button = [...root.querySelectorAll('button')].find((each) => each.textContent?.trim() === name)
  if (!button) throw new Error(`There is no button "${name}"`)
  if (button.type === 'submit') button.form?.dispatchEvent(new Event('submit', { cancelable: true }))
  else button.click()
  await settled()
}

function enter(root: HTMLElement, values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    const input = root.querySelector<HTMLInputElement>(`[name=${name}]`)
    if (!input) throw new Error(`There is no field "${name}"`)
    input.value = value
    input.dispatchEvent(new Event('input'))
  }
}

const text = (root: HTMLElement, selector: string) => root.querySelector(selector)?.textContent?.trim()
const links = (root: HTMLElement) => [...root.querySelectorAll('a')].map((link) => [link.textContent, link.href])

test('shows the articles with their links and the version that returned them', async () => {
  const root = await show(listed([article], { 'x-version': '2.0.0' }))
  expect(text(root, '[data-testid=version]')).toBe('2.0.0')
  expect(text(root, '[role=status]')).toContain('1 article')
  expect(links(root)).toEqual([
    ['Canaries', 'https://example.com/canaries'],
    ['Harald Uebele', 'https://haralduebele.github.io/'],
    ['@harald_u', 'https://x.com/harald_u'],
  ])
})

test('shows an author without details as a name without links', async () => {
  const root = await show(listed([{ ...article, authorBlog: '', authorTwitter: '' }]))
  expect(text(root, 'tbody td:nth-child(2)')).toBe('Harald Uebele')
  expect(links(root)).toHaveLength(1)
})

test('shows a URL that would run a script without a link', async () => {
  const root = await show(listed([{ ...article, url: 'javascript:alert(1)', authorBlog: 'data:text/html,x' }]))
  expect(links(root)).toEqual([['@harald_u', 'https://x.com/harald_u']])
})

test('shows a message when there are no articles', async () => {
  const root = await show(listed([]))
  expect(root.textContent).toContain('There are no articles yet')
  expect(root.querySelector('table')).toBeNull()
})

test('shows the age of a stale list', async () => {
  const root = await show(listed([article], { 'x-stale': 'true', age: '300' }))
  expect(text(root, '.warning')).toContain('5 minutes ago')
  expect(root.querySelectorAll('tbody tr')).toHaveLength(1)
})

test('shows the reason of an error, and reads the list again on "Try again"', async () => {
  const root = await show(failed(503, { detail: 'No database' }), listed([article]))
  expect(text(root, '[role=alert]')).toContain('No database')
  await press(root, 'Try again')
  expect(root.querySelector('[role=alert]')).toBeNull()
  expect(root.querySelectorAll('tbody tr')).toHaveLength(1)
})

test('keeps the articles when reading them again fails', async () => {
  const root = await show(listed([article]), failed(500))
  await press(root, 'Load again')
  expect(text(root, '[role=alert]')).toContain('Internal Server Error')
  expect(root.querySelectorAll('tbody tr')).toHaveLength(1)
})

test('creates an article, clears the form and reads the list again', async () => {
  const root = await show(listed([]), created(article), listed([article]))
  enter(root, { title: 'Canaries', url: 'https://example.com/canaries', author: 'Harald Uebele' })
  await press(root, 'Create article')
  expect(JSON.parse(String(fetchMock.mock.calls[1]?.[1]?.body))).toEqual({
    title: 'Canaries',
    url: 'https://example.com/canaries',
    author: 'Harald Uebele',
  })
  expect(text(root, 'form [role=status]')).toBe('Created “Canaries”.')
  expect(root.querySelector<HTMLInputElement>('[name=title]')?.value).toBe('')
  expect(root.querySelectorAll('tbody tr')).toHaveLength(1)
})

test('shows the errors of web-api at the fields, and keeps the input', async () => {
  const errors = [
    { pointer: '#/url', detail: 'must be a web address' },
    { pointer: '#/colour', detail: 'is not known' },
  ]
  const root = await show(listed([]), failed(400, { detail: 'The article is not valid', errors }))
  enter(root, { title: 'Canaries', url: 'nowhere' })
  await press(root, 'Create article')
  const url = root.querySelector<HTMLInputElement>('[name=url]')
  expect(url?.value).toBe('nowhere')
  expect(url?.getAttribute('aria-invalid')).toBe('true')
  expect(text(root, `#${url?.getAttribute('aria-describedby')}`)).toBe('must be a web address')
  expect(document.activeElement).toBe(url)
  expect(text(root, 'form [role=alert]')).toContain('colour: is not known')
  expect(root.querySelector('[name=title]')?.hasAttribute('aria-invalid')).toBe(false)
})
