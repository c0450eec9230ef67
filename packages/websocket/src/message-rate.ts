/** Counts messages against a rate that may be exceeded for one second's worth. */
export class MessageRate {
  readonly #perSecond: number
  #allowed: number
  #lastTime: number = performance.now()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#allowed = perSecond
  }

  /** @returns false if this message is one too many */
  take(): boolean {
    const now = performance.now()
    this.#allowed = Math.min(this.#perSecond, this.#allowed + ((now - this.#lastTime) / 1000) * this.#perSecond)
    this.#lastTime = now
    if (this.#allowed < 1) return false
    this.#allowed -= 1
    return true
  }
}
