/** Keeps what was just loaded for a moment, so that many requests at a time cost the next service few. */

interface Entry<T> {
  value: Promise<T>
  /** On the clock of `performance.now()`. */
  expires: number
}

/** Loaded values by key. Callers that ask for a key at the same time share one load; a failed load is not kept. */
export class Recent<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #ttl: number

  /** `ttl` is how old a value may get, in milliseconds from the start of its load. */
  constructor(ttl: number) {
    this.#ttl = ttl
  }

  /** The value kept for `key`, or the outcome of `load`. */
  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known && known.expires > performance.now()) return known.value
    // Keys come from users' input: forgetting all of them bounds the memory, and costs one load each.
    if (this.#entries.size >= 1_000) this.#entries.clear()
    const expires = performance.now() + this.#ttl
    const entry = { value: load(), expires: Number.POSITIVE_INFINITY }
    this.#entries.set(key, entry)
    entry.value.then(
      () => {
        entry.expires = expires
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry.value
  }

  /** Forgets everything, also loads under way: whoever asks from now on gets what is true from now on. */
  clear(): void {
    this.#entries.clear()
  }
}
