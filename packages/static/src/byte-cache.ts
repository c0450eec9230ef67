/** What a cache keeps; `size` is in bytes. */
export interface Sized {
  readonly size: number
}

const ENTRY_OVERHEAD = 512 // bytes, about what keys, identities and the map itself take

/**
 * A cache with a limit in bytes that forgets what was not used for the longest time.
 */
export class ByteCache<Value extends Sized> {
  readonly #entries: Map<string, Value> = new Map() // in the order of use, the oldest first
  readonly #maxSize: number
  #size = 0

  /** @param maxSize - of all entries together, in bytes; 0 keeps nothing */
  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  /** Bytes held, an estimate of what each entry costs included. */
  get size(): number {
    return this.#size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** Looks without counting it as a use; cheaper, for what is asked very often. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: Value): void {
    this.delete(key)
    if (value.size + ENTRY_OVERHEAD > this.#maxSize) return
    this.#entries.set(key, value)
    this.#size += value.size + ENTRY_OVERHEAD
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maxSize) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#size -= value.size + ENTRY_OVERHEAD
  }
}
