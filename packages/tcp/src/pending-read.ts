import type { ReadBuffer } from './read-buffer.ts'
import type { ReadRequest } from './read-request.ts'

/** What the stream needs to know of a read, whatever its result is. */
export interface Pending {
  /** The method, for messages. */
  readonly name: string
  /** @returns whether the read is settled with what the buffer holds @throws what the request throws */
  attempt(buffer: ReadBuffer): boolean
  /** The same when nothing more will come. */
  attemptAtEnd(buffer: ReadBuffer): boolean
  /** Rejects; no byte is lost. */
  fail(reason: unknown, buffer: ReadBuffer): void
}

/** A read whose bytes are not all there yet: its request, its promise, and the signal that may end it. */
export class PendingRead<T> implements Pending {
  readonly promise: Promise<T>
  readonly #request: ReadRequest<T>
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: () => void
  #resolve!: (value: T) => void
  #reject!: (reason: unknown) => void

  /** @param onAbort - called when the signal fires while the read is pending */
  constructor(request: ReadRequest<T>, signal: AbortSignal | undefined, onAbort: () => void) {
    this.#request = request
    this.#signal = signal
    this.#onAbort = onAbort
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal?.addEventListener('abort', onAbort)
  }

  get name(): string {
    return this.#request.name
  }

  attempt(buffer: ReadBuffer): boolean {
    return this.#settle(this.#request.attempt(buffer))
  }

  attemptAtEnd(buffer: ReadBuffer): boolean {
    return this.#settle(this.#request.atEnd?.(buffer))
  }

  fail(reason: unknown, buffer: ReadBuffer): void {
    this.#request.giveBack?.(buffer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#reject(reason)
  }

  #settle(value: T | undefined): boolean {
    if (value === undefined) return false
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#resolve(value)
    return true
  }
}
