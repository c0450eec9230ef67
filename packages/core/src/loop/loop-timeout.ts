const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms

/** A call that is planned; the handle that `IOLoop.callLater()` and `callAt()` return. */
export class LoopTimeout {
  readonly #time: number
  readonly #now: () => number
  readonly #callback: () => void
  #timer: NodeJS.Timeout | undefined
  #unref = false

  /** @internal made by {@link IOLoop} */
  constructor(time: number, now: () => number, callback: () => void) {
    this.#time = time
    this.#now = now
    this.#callback = callback
    this.#arm()
  }

  /** Lets the process end although this call is still to come. */
  unref(): this {
    this.#unref = true
    this.#timer?.unref()
    return this
  }

  /** @internal `IOLoop.removeTimeout()` */
  cancel(): void {
    clearTimeout(this.#timer)
  }

  /** Waits in steps where the time is further away than one timer reaches. */
  #arm(): void {
    const delay = Math.max(0, this.#time - this.#now())
    const isLast = delay <= LONGEST_TIMER
    this.#timer = setTimeout(() => (isLast ? this.#callback() : this.#arm()), isLast ? Math.ceil(delay) : LONGEST_TIMER)
    if (this.#unref) this.#timer.unref()
  }
}
