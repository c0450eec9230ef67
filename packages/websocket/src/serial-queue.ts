/** Whose tasks a queue runs. */
export interface QueueOwner {
  /** Called with what a task throws; the next task then runs all the same. */
  failed(error: unknown): void
}

/** Runs tasks one after the other; one that returns nothing to wait for costs no promise. */
export class SerialQueue {
  readonly #owner: QueueOwner
  #waiting: (() => unknown)[] | undefined
  #busy = false

  constructor(owner: QueueOwner) {
    this.#owner = owner
  }

  /** True if a task would run at once. */
  get isIdle(): boolean {
    return !this.#busy
  }

  push(task: () => unknown): void {
    if (this.#busy) {
      this.#waiting ??= []
      this.#waiting.push(task)
    } else {
      this.#run(task)
    }
  }

  /** Runs a task, and those that wait by then. */
  #run(first: () => unknown): void {
    this.#busy = true
    for (let task: (() => unknown) | undefined = first; task !== undefined; task = this.#next()) {
      const result = this.#attempt(task)
      if (!isPromiseLike(result)) continue
      result.then(
        () => this.#goOn(),
        (error: unknown) => {
          this.#owner.failed(error)
          this.#goOn()
        },
      )
      return
    }
    this.#busy = false
  }

  #goOn(): void {
    const task = this.#next()
    if (task === undefined) this.#busy = false
    else this.#run(task)
  }

  #next(): (() => unknown) | undefined {
    const task = this.#waiting?.shift()
    if (task === undefined) this.#waiting = undefined
    return task
  }

  #attempt(task: () => unknown): unknown {
    try {
      return task()
    } catch (error) {
      this.#owner.failed(error)
      return undefined
    }
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
