/** A short-lived cache, so that many requests at a time cause few requests to the next service. */

interface Entry<T> {
  value: Promise<T>
  /** By `performance.now()`. */
  expires: number
}

/** Loaded values by key. Concurrent callers share one load per key; a failed load is not cached. */
export class Recent<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #ttl: number

  /** `ttl` is the time to live of a value, in milliseconds from the start of its load. */
  constructor(ttl: number) {
    this.#ttl = ttl
  }

  /** The cached value of `key`, or the result of `load`. */
  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known && known.expires > performance.now()) return known.value
    // Keys come from users' input. Clearing all of them limits the memory, and costs one load per key.
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

  /** Removes all values, including loads under way: later callers load anew. */
  clear(): void {
    this.#entries.clear()
  }
}
