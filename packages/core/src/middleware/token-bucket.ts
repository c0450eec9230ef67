/** What became of one request for quota. */
export interface Allowance {
  readonly allowed: boolean
  /** How many more would be allowed at this moment. */
  readonly remaining: number
  /** Milliseconds until there is one more. */
  readonly wait: number
}

/**
 * Token buckets by key: each holds up to `limit` and fills evenly, from empty to full within `window` milliseconds.
 *
 * In any stretch of time `t`, a key is allowed at most `limit + t * limit / window`; one that keeps below the rate is never
 * refused. Of a bucket only the time is kept at which it will be full, in units of a millisecond divided by `limit`: so all
 * arithmetic is on whole numbers, and one that is full need not be kept at all.
 */
export class TokenBuckets {
  readonly #limit: number
  readonly #window: number
  readonly #maxKeys: number
  /** Key → when its bucket is full; in the order of last use. */
  readonly #fullAt: Map<string, number> = new Map()

  /** @param maxKeys - how many buckets are kept; beyond that the one that was not used for longest is forgotten */
  constructor({ limit, window, maxKeys }: { limit: number; window: number; maxKeys: number }) {
    this.#limit = limit
    this.#window = window
    this.#maxKeys = maxKeys
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#fullAt.size
  }

  /** Takes one from the bucket of `key`, if it is not empty. @param now - whole milliseconds on a clock that never goes back */
  take(key: string, now: number): Allowance {
    const capacity = this.#limit * this.#window
    const instant = now * this.#limit
    const fullAt = Math.max(this.#fullAt.get(key) ?? instant, instant)
    const allowed = fullAt - instant + this.#window <= capacity
    const after = allowed ? fullAt + this.#window : fullAt
    this.#keep(key, after, instant)
    const content = capacity - (after - instant)
    const wait = Math.ceil((this.#window - (content % this.#window)) / this.#limit)
    return { allowed, remaining: Math.floor(content / this.#window), wait }
  }

  #keep(key: string, fullAt: number, instant: number): void {
    this.#fullAt.delete(key)
    this.#fullAt.set(key, fullAt)
    if (this.#fullAt.size > this.#maxKeys) this.#forgetOldest()
    for (const [, oldest] of this.#fullAt) {
      if (oldest > instant) return
      this.#forgetOldest() // it is full again, as a new one would be
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#fullAt.keys()
    if (oldest !== undefined) this.#fullAt.delete(oldest)
  }
}
