/** The page's client of the dashboard's server, with the token of the URL. */
import { type Ref, ref } from 'vue'
import type { View } from '../../observe.ts'

const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
const headers = { authorization: `Bearer ${token}` }

/** @throws {Error} with the server's message */
export async function call<T>(method: 'GET' | 'POST', path: string): Promise<T> {
  const answer = await fetch(`/api/${path}`, { method, headers })
  const body = (await answer.json()) as T & { message?: string }
  if (!answer.ok) throw new Error(body.message)
  return body
}

/** The current view; `lost` has the reason when the page cannot update it. */
export function useView(): { view: Ref<View | undefined>; lost: Ref<string> } {
  const view = ref<View>()
  const lost = ref('')
  const show = (next: View) => {
    view.value = next
    lost.value = ''
  }
  void follow('view', show, (why) => (lost.value = why))
  return { view, lost }
}

/**
 * Reads the news of a path for ever, and connects again when the connection ends.
 * @param lose gets the reason when there are none
 */
export async function follow<T>(path: string, show: (news: T) => void, lose: (why: string) => void): Promise<never> {
  for (;;) {
    await read(path, show).catch((error: Error) => {
      const hasEnded = error instanceof TypeError
      lose(hasEnded ? 'The dashboard has stopped: start it again with npm run dashboard' : error.message)
    })
    await new Promise((done) => setTimeout(done, 1000))
  }
}

async function read<T>(path: string, show: (news: T) => void): Promise<void> {
  const answer = await fetch(`/api/${path}`, { headers })
  if (!answer.ok || !answer.body) throw new Error(((await answer.json()) as { message: string }).message)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new TypeError('ended')
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) show(JSON.parse(line) as T)
  }
}
