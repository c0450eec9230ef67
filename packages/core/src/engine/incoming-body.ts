import type { Readable } from 'node:stream'
import { ConnectionClosedError } from '../errors.ts'

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

/**
 * The content of a request as a stream of chunks that is pulled: the socket is read only as fast as the chunks are taken.
 * A reader who stops half-way leaves the message to the engine, which still has to answer it.
 *
 * @param isComplete - whether the message was whole, asked at its end
 * @param onPull - called before the first chunk is taken
 * @throws {@link ConnectionClosedError} when the client goes away half-way; what `failure` reports
 */
export async function* readIncoming(
  req: Readable,
  failure: BodyFailure,
  isComplete: () => boolean,
  onPull: () => void,
): AsyncGenerator<Buffer, void> {
  onPull()
  let wake = () => {}
  const notify = () => wake()
  for (const change of CHANGES) req.on(change, notify)
  failure.watch(notify)
  try {
    while (!req.readableEnded) {
      const chunk = req.read() as Buffer | null // no encoding is ever set
      if (chunk !== null) yield chunk
      else if (failure.error !== undefined) throw failure.error
      else if (req.destroyed && !req.readableEnded) throw closedHalfWay(req)
      else if (!req.readableEnded) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    for (const change of CHANGES) req.off(change, notify)
  }
  if (!isComplete()) throw closedHalfWay(req)
}

function closedHalfWay(req: Readable): ConnectionClosedError {
  const message = 'the client closed the connection before the request was complete'
  return new ConnectionClosedError(message, { cause: req.errored ?? undefined })
}
