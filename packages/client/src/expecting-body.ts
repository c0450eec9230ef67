/** A body that is held back until the server asks for it (RFC 9110 §10.1.1). */
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WireRequest } from './transport.ts'

const PATIENCE = 1000 // ms after which the body is sent unasked: a server may never say 100

/**
 * Sends the body with the event `continue` of `outgoing`, or when its time has come.
 *
 * @returns what keeps it from being sent at all, to be called when the answer is there
 */
export function sendWhenAsked(outgoing: Writable, body: WireRequest['body']): () => void {
  const send = () => {
    stop()
    if (outgoing.destroyed) return
    pipeline(Readable.from(chunks(body)), outgoing).catch((error: Error) => outgoing.destroy(error))
  }
  const timer = setTimeout(send, PATIENCE)
  const stop = () => {
    clearTimeout(timer)
    outgoing.off('continue', send)
  }
  outgoing.once('continue', send)
  return stop
}

function* noChunks(): Generator<Uint8Array> {}

function chunks(body: WireRequest['body']): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (body === undefined) return noChunks()
  return body instanceof Uint8Array ? [body] : body
}
