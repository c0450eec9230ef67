/** Runs tasks one after the other; one that returns nothing to wait for costs no promise. */
export class SerialQueue {
  readonly #tasks: (() => unknown)[] = []
  readonly #onError: (error: unknown) => void
  #busy = false

  /** @param onError - called with what a task throws; the next task then runs all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  push(task: () => unknown): void {
    this.#tasks.push(task)
    this.#run()
  }

  #run(): void {
    while (!this.#busy) {
      const task = this.#tasks.shift()
      if (task === undefined) return
      this.#busy = true
      const result = this.#attempt(task)
      if (isPromiseLike(result)) {
        result.then(
          () => this.#next(),
          (error: unknown) => {
            this.#onError(error)
            this.#next()
          },
        )
        return
      }
      this.#busy = false
    }
  }

  #next(): void {
    this.#busy = false
    this.#run()
  }

  #attempt(task: () => unknown): unknown {
    try {
      return task()
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
