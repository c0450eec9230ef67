/** An answer: its head, and its body once it is asked for, decoded and within bounds. */
import type { Call } from './call.ts'
import { codingsOf, decoded, limited } from './content-decoding.ts'
import { BodyTooLargeError, ContentDecodingError, HTTPProtocolError } from './errors.ts'
import type { Hop } from './redirect.ts'
import type { ResponseHead } from './response-head.ts'
import { isBodiless, type WireResponse } from './transport.ts'

const MAX_DISCARDED = 64 * 1024 // bytes of a body nobody wants that are read, so that the connection can be used again

/** The head of an answer and the way to its body. */
export interface Answer {
  readonly head: ResponseHead
  /** Decoded; to be read once. */
  body(maxSize: number | undefined): AsyncIterable<Buffer>
  /** Gives up what has not been read. */
  close(): void
}

/** @throws {@link HTTPProtocolError} for a head that cannot be worked with; {@link ContentDecodingError} */
export function makeAnswer(call: Call, hop: Hop, response: WireResponse, maxHeaderSize: number): Answer {
  const { code, reason, headers, body: stream } = response
  checkHead(call, response, maxHeaderSize)
  const bodiless = isBodiless(hop.method, code)
  const whole = !bodiless && code !== 206 // a part of an encoded body cannot be decoded by itself
  const codings = hop.options.decompressResponse && whole ? readCodings(call, headers, stream) : undefined
  if (codings !== undefined) {
    headers.set('X-Consumed-Content-Encoding', headers.get('Content-Encoding') ?? '')
    headers.delete('Content-Encoding')
    headers.delete('Content-Length')
  }
  stream.on('error', () => {}) // whoever reads the body gets it; if nobody does, it is nobody's loss
  if (bodiless) stream.resume()
  const onInvalid = (cause: unknown) =>
    new ContentDecodingError(`the body is not ${codings?.join(' in ')}`, call.details({ cause, code }))
  return {
    head: { code, reason, headers, effectiveUrl: hop.url.href },
    body: (maxSize) => {
      if (bodiless) return nothing()
      const raw = received(call, response)
      const plain = codings === undefined ? raw : decoded(raw, codings, onInvalid)
      return maxSize === undefined ? plain : bounded(call, code, headers, plain, maxSize)
    },
    close: () => stream.destroy(),
  }
}

function checkHead(call: Call, { headers, body }: WireResponse, maxHeaderSize: number): void {
  const refuse = (message: string) => {
    body.destroy()
    throw new HTTPProtocolError(message, call.details())
  }
  let size = 0
  for (const [name, value] of headers) size += name.length + value.length + ': \r\n'.length
  if (size > maxHeaderSize) refuse(`the head is larger than maxHeaderSize, ${maxHeaderSize} bytes`) // HTTP/2 has a limit of its own
  const coding = headers.get('Transfer-Encoding')?.toLowerCase() ?? 'chunked'
  if (coding !== 'chunked') refuse('the answer has a transfer coding other than chunked') // it would pass as content
}

function readCodings(call: Call, headers: Headers, stream: WireResponse['body']): readonly string[] | undefined {
  try {
    return codingsOf(headers.get('Content-Encoding'))
  } catch (cause) {
    stream.destroy()
    throw new ContentDecodingError('the body is encoded too often', call.details({ cause }))
  }
}

async function* nothing(): AsyncGenerator<Buffer, void, void> {}

/** The body as it arrives; the time in which nobody asks for it does not count as the peer's silence. */
async function* received(call: Call, { body: stream, failure }: WireResponse): AsyncGenerator<Buffer, void, void> {
  const iterator = stream.iterator() as AsyncIterator<Buffer, undefined> // a stream of bytes
  try {
    for (;;) {
      call.enter('body', call.options.bodyTimeout)
      const { done, value } = await iterator.next()
      call.pause()
      if (done === true) break
      yield value
    }
    const broken = failure()
    if (broken !== undefined) throw broken
  } catch (error) {
    throw call.explain(error)
  } finally {
    stream.destroy()
  }
}

function bounded(
  call: Call,
  code: number,
  headers: Headers,
  body: AsyncIterable<Buffer>,
  max: number,
): AsyncIterable<Buffer> {
  const tooLarge = () =>
    new BodyTooLargeError(`the body is larger than maxBodySize, ${max} bytes`, call.details({ code }))
  const declared = Number(headers.get('Content-Length') ?? 0)
  return limited(body, declared > max ? -1 : max, tooLarge) // refused with its first byte, if it says so beforehand
}

/** Reads a short rest, which leaves the connection fit for use; of a long one it is cheaper to close it. */
export async function discard(answer: Answer): Promise<void> {
  try {
    let size = 0
    for await (const chunk of answer.body(undefined)) {
      size += chunk.length
      if (size > MAX_DISCARDED) break
    }
  } catch {
    // Nobody wants it: a connection that breaks here is replaced, and whatever else ends the call shows at its next step.
  } finally {
    answer.close()
  }
}
