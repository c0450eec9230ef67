import type { Readable } from 'node:stream'
import { ConnectionClosedError } from '../errors.ts'
import type { ContentSource } from '../exchange.ts'
import type { ContentSink } from './lean-messages.ts'

/** Why the rest of a body cannot be read although its connection is still open: it is malformed, or too late. */
export class BodyFailure {
  #error: Error | undefined
  #wake: () => void = () => {}

  get error(): Error | undefined {
    return this.#error
  }

  report(error: Error): void {
    this.#error ??= error
    this.#wake()
  }

  /** @param listener - called when a failure is reported */
  watch(listener: () => void): void {
    this.#wake = listener
  }
}

const CHANGES = ['readable', 'end', 'error', 'close'] as const
const ENDINGS = ['end', 'error', 'close'] as const

/** What an engine knows of a message whose content is read. */
export interface IncomingMessageState {
  /** Whether the message was whole, asked at its end. */
  isComplete(): boolean
  /** Called before anything is taken. */
  onPull(): void
  /** The message as a stream, asked for when the content is read through it. */
  stream(): Readable
  /** Makes the engine pass the content on past the stream, if it can. */
  collect?(sink: ContentSink): boolean
}

/**
 * The content of a request: in chunks that are pulled, so that the socket is read only as fast as they are taken, or in one
 * piece. A reader who stops half-way leaves the message to the engine, which still has to answer it.
 *
 * Reading throws {@link ConnectionClosedError} when the client goes away half-way, and what the failure reports.
 */
export class IncomingBody implements ContentSource {
  readonly #failure: BodyFailure
  readonly #state: IncomingMessageState

  constructor(failure: BodyFailure, state: IncomingMessageState) {
    this.#failure = failure
    this.#state = state
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    this.#state.onPull()
    const req = this.#state.stream()
    let wake = () => {}
    const notify = () => wake()
    for (const change of CHANGES) req.on(change, notify)
    this.#failure.watch(notify)
    try {
      while (!req.readableEnded) {
        const chunk = req.read() as Buffer | null // no encoding is ever set
        if (chunk !== null) yield chunk
        else if (this.#failure.error !== undefined) throw this.#failure.error
        else if (req.destroyed && !req.readableEnded) throw closedHalfWay(req)
        else if (!req.readableEnded) await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      for (const change of CHANGES) req.off(change, notify)
    }
    if (!this.#state.isComplete()) throw closedHalfWay(req)
  }

  whole(): Promise<Buffer> {
    this.#state.onPull()
    const chunks: Buffer[] = []
    return new Promise((resolve, reject) => {
      const sink = { add: (chunk: Buffer) => void chunks.push(chunk), end: () => resolve(joined(chunks)) }
      if (this.#failure.error !== undefined) return reject(this.#failure.error)
      if (this.#state.collect?.(sink) === true) this.#failure.watch(() => reject(this.#failure.error))
      else this.#readWhole(sink, reject)
    })
  }

  #readWhole(sink: ContentSink, reject: (error: Error) => void): void {
    const req = this.#state.stream()
    const settle = () => {
      req.off('data', sink.add)
      for (const ending of ENDINGS) req.off(ending, settle)
      if (req.readableEnded && this.#state.isComplete()) sink.end()
      else reject(this.#failure.error ?? closedHalfWay(req))
    }
    for (const ending of ENDINGS) req.on(ending, settle)
    this.#failure.watch(settle)
    if (req.readableEnded || req.destroyed) settle()
    else req.on('data', sink.add)
  }
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

export function closedHalfWay(req?: Readable): ConnectionClosedError {
  const message = 'the client closed the connection before the request was complete'
  return new ConnectionClosedError(message, { cause: req?.errored ?? undefined })
}
