/** Bytes to be sent, wherever they come from: how many, whether they can be had twice, and the bytes themselves. */
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { HTTPClientOptionError } from './option-error.ts'

/** A file on disk; it is read while it is sent. */
export interface FileSource {
  readonly path: string
}

/** Bytes, text as UTF-8, a Blob, a stream (any async iterable, so Node's and WHATWG's too), or a file on disk. */
export type ContentInit = string | Uint8Array | Blob | AsyncIterable<Uint8Array | string> | FileSource

export interface ContentSource {
  /** In bytes; undefined for a stream, whose length only its end tells. */
  readonly length: number | undefined
  /** Whether `open()` can be called again, for a redirect or another try. */
  readonly replayable: boolean
  open(): Uint8Array | AsyncIterable<Uint8Array>
  /** Lets go of a stream that has not been read, and will not be: it may hold a file or a connection. */
  close(): void
}

/** @throws the system's error for a file that cannot be found; {@link HTTPClientOptionError} for what is none of these */
export async function contentSource(name: string, init: ContentInit): Promise<ContentSource> {
  if (typeof init === 'string') return bytesSource(Buffer.from(init))
  if (init instanceof Uint8Array) return bytesSource(init)
  if (init instanceof Blob)
    return { length: init.size, replayable: true, open: () => exactly(init.stream(), init.size), close }
  if (isObject(init) && Symbol.asyncIterator in init) return streamSource(init)
  if (isObject(init) && 'path' in init && typeof init.path === 'string') return fileSource(init.path)
  throw new HTTPClientOptionError(
    `${name} must be a string, bytes, a Blob, an async iterable or { path }, got ${inspect(init, { depth: 0 })}`,
  )
}

export function bytesSource(bytes: Uint8Array): ContentSource {
  return { length: bytes.byteLength, replayable: true, open: () => bytes, close }
}

/**
 * Passes on what `source` gives, and insists on its length, since a message of another length than its head declares
 * would be cut off or run into the next one.
 *
 * @throws {@link RangeError} if there is more or less of it
 */
export async function* exactly(
  source: AsyncIterable<Uint8Array | string>,
  length: number,
): AsyncGenerator<Uint8Array, void, void> {
  let sent = 0
  for await (const chunk of encoded(source)) {
    sent += chunk.byteLength
    if (sent > length) throw new RangeError(`the body is longer than its declared ${length} bytes`)
    yield chunk
  }
  if (sent < length) throw new RangeError(`the body ended after ${sent} of its declared ${length} bytes`)
}

/** For what holds nothing as long as it is not opened. */
export function close(): void {}

function closeStream(stream: AsyncIterable<Uint8Array | string>): void {
  if (stream instanceof Readable) stream.destroy()
  else if (stream instanceof ReadableStream && !stream.locked) stream.cancel().catch(() => {}) // nobody waits for it
}

function streamSource(stream: AsyncIterable<Uint8Array | string>): ContentSource {
  return { length: undefined, replayable: false, open: () => encoded(stream), close: () => closeStream(stream) }
}

async function fileSource(path: string): Promise<ContentSource> {
  const { size } = await stat(path)
  return { length: size, replayable: true, open: () => exactly(readUpTo(path, size), size), close }
}

/** The first `size` bytes, so that a log that grows meanwhile does no harm. */
async function* readUpTo(path: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  if (size === 0) return
  const file = await open(path)
  yield* file.createReadStream({ start: 0, end: size - 1, highWaterMark: 128 * 1024 }) // closes the file in any case
}

/** As bytes, without the empty chunks that would end a chunked body too early. */
export async function* encoded(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (!(bytes instanceof Uint8Array))
      throw new TypeError(`a body stream must give bytes or text, got ${inspect(chunk)}`)
    if (bytes.byteLength > 0) yield bytes
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
