/**
 * Deadlines that all lie equally far ahead: the order in which they are set is the order in which they fall due, so any number of them
 * needs one timer, which keeps no process alive.
 */
export class DeadlineQueue<Item extends object> {
  readonly #delay: number
  readonly #onDue: (item: Item) => void
  readonly #due: Map<Item, number> = new Map()
  #timer: NodeJS.Timeout | undefined

  /** @param delay - in milliseconds */
  constructor(delay: number, onDue: (item: Item) => void) {
    this.#delay = delay
    this.#onDue = onDue
  }

  /** Sets the deadline of an item, anew if it has one. */
  set(item: Item): void {
    this.#due.delete(item)
    this.#due.set(item, Math.ceil(performance.now() + this.#delay)) // a small integer takes no memory of its own
    if (this.#timer === undefined) this.#arm(this.#delay)
  }

  has(item: Item): boolean {
    return this.#due.has(item)
  }

  delete(item: Item): void {
    this.#due.delete(item) // the timer may find nothing to do, which costs less than stopping it
  }

  #arm(delay: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, Math.ceil(delay))).unref()
  }

  /** Called by the timer, which still counts as armed, so that `set()` does not start another one meanwhile. */
  #expire(): void {
    const now = performance.now()
    for (const [item, due] of this.#due) {
      if (due > now) return this.#arm(due - now)
      this.#due.delete(item)
      this.#onDue(item)
    }
    this.#timer = undefined
  }
}
