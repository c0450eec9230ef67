/** How often each key may do something: `burst` times at once, and once more for every `interval` milliseconds that pass. */
export class RateLimit {
  readonly #burst: number
  readonly #interval: number
  readonly #freeAt = new Map<string, number>() // when all that the key has used will have come back

  constructor({ burst, interval }: { burst: number; interval: number }) {
    this.#burst = burst
    this.#interval = interval
  }

  /** Counts one use. @returns false, and counts nothing, if it is one too many */
  allows(key: string, now: number = performance.now()): boolean {
    const freeAt = Math.max(this.#freeAt.get(key) ?? 0, now) + this.#interval
    if (freeAt - now > this.#burst * this.#interval) return false
    this.#freeAt.delete(key) // to the end of the map, which is thereby in the order of last use
    this.#freeAt.set(key, freeAt)
    this.#forgetOld(now)
    return true
  }

  #forgetOld(now: number): void {
    for (const [key, freeAt] of this.#freeAt) {
      if (now - freeAt < 0) return
      this.#freeAt.delete(key)
    }
  }
}
