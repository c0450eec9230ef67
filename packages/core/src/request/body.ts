/** Bodies that are held in memory, and the one way in which a body is found to be too large (RFC 9110 §15.5.14). */
import { HTTPError } from '../errors.ts'
import { ByteCollector } from './byte-collector.ts'

export interface ReadBodyOptions {
  /** Largest body, in bytes. */
  readonly maxBodySize: number
  /** The size that the message announces, if it does. */
  readonly contentLength?: number | undefined
}

/**
 * The whole body.
 *
 * @throws {@link HTTPError} 413 if it is larger than `maxBodySize`: before anything is read if it is announced so, else
 *   with the first byte too many
 */
export async function readBody(source: AsyncIterable<Buffer>, options: ReadBodyOptions): Promise<Buffer> {
  checkDeclaredSize(options.contentLength, options.maxBodySize)
  const body = new ByteCollector()
  for await (const chunk of limitSize(source, options.maxBodySize)) body.append(chunk)
  return body.take()
}

/** @throws {@link HTTPError} 413 if more than `maxSize` bytes are announced */
export function checkDeclaredSize(contentLength: number | undefined, maxSize: number): void {
  if (contentLength !== undefined && contentLength > maxSize) throw bodyTooLarge(maxSize)
}

/**
 * The chunks of `source` as they are, as long as they hold no more than `maxSize` bytes together.
 *
 * @throws {@link HTTPError} 413 in place of the chunk that crosses the limit
 */
export async function* limitSize(source: AsyncIterable<Buffer>, maxSize: number): AsyncGenerator<Buffer, void> {
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > maxSize) throw bodyTooLarge(maxSize)
    yield chunk
  }
}

function bodyTooLarge(maxSize: number): HTTPError {
  return new HTTPError(413, `the body is larger than ${maxSize} bytes`)
}
