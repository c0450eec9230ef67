/** How long to wait before the next attempt to connect; it runs in browsers too. */

/** When a client comes back after a connection was lost; times are in milliseconds. */
export interface BackoffOptions {
  /** Longest wait before the first attempt; it doubles with each that fails. @defaultValue 500 */
  readonly minDelay?: number | undefined
  /** @defaultValue 30000 */
  readonly maxDelay?: number | undefined
  /** Attempts in a row, after which the client gives up. @defaultValue no limit */
  readonly maxAttempts?: number | undefined
}

export class Backoff {
  readonly #minDelay: number
  readonly #maxDelay: number
  readonly #maxAttempts: number
  #attempts = 0

  constructor({ minDelay = 500, maxDelay = 30_000, maxAttempts = Number.POSITIVE_INFINITY }: BackoffOptions = {}) {
    this.#minDelay = minDelay
    this.#maxDelay = maxDelay
    this.#maxAttempts = maxAttempts
  }

  /**
   * The wait before the next attempt: any time up to the limit with equal chance, so that the clients of a server that
   * restarts come back spread out.
   *
   * @returns undefined when it is time to give up
   */
  next(): number | undefined {
    if (this.#attempts >= this.#maxAttempts) return undefined
    const limit = Math.min(this.#maxDelay, this.#minDelay * 2 ** Math.min(this.#attempts, 30))
    this.#attempts++
    return Math.random() * limit
  }

  /** A connection was made: the next loss begins anew. */
  reset(): void {
    this.#attempts = 0
  }
}
