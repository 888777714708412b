/** The cookies of one user's browser, for requests that all go to one path. */
import type { IncomingHttpHeaders } from 'undici/types/header.js'

export class Cookies {
  readonly #values = new Map<string, string>()

  keep({ 'set-cookie': cookies = [] }: IncomingHttpHeaders): void {
    for (const cookie of [cookies].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      this.#values.set(name, value)
    }
  }

  /** Headers for the next request. */
  header(): Record<string, string> {
    const cookie = [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie ? { cookie } : {}
  }
}
