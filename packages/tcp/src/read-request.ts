/**
 * What a read waits for: each kind looks at the buffer, takes its result from it, or says that it needs more.
 *
 * The outcome depends on the bytes alone and not on how they were cut into chunks; limits count from the first unread byte.
 * Nothing that was searched is searched again, but for the few bytes in which a match may have begun.
 */
import { StreamBufferFullError, TCPOptionError, UnsatisfiableReadError } from './errors.ts'
import { checkInteger } from './options.ts'
import type { ReadBuffer } from './read-buffer.ts'

export interface ReadRequest<T> {
  /** The method, for messages. */
  readonly name: string
  /**
   * The result; undefined if more bytes are needed.
   *
   * @throws {@link UnsatisfiableReadError} or {@link StreamBufferFullError} if no further byte can help
   */
  attempt(buffer: ReadBuffer): T | undefined
  /** The result if nothing more will come; undefined if that is too little. */
  atEnd?(buffer: ReadBuffer): T | undefined
  /** Returns to the buffer what was taken so far. */
  giveBack?(buffer: ReadBuffer): void
}

/** How far a search may look, and the error for having come that far in vain. */
interface SearchLimit {
  readonly size: number
  readonly error: () => Error
}

export function bytesRequest(size: number, partial: boolean, maxBufferSize: number): ReadRequest<Buffer> {
  checkInteger('size', size, { min: 0, max: partial ? Number.MAX_SAFE_INTEGER : maxBufferSize })
  const least = partial ? Math.min(size, 1) : size
  return {
    name: 'readBytes',
    attempt: (buffer) => (buffer.length < least ? undefined : buffer.take(Math.min(size, buffer.length))),
  }
}

/** Fills the caller's memory as bytes arrive, so it is not held to the size of the read buffer. */
export function intoRequest(target: Uint8Array, partial: boolean): ReadRequest<number> {
  if (!(target instanceof Uint8Array)) throw new TCPOptionError('readInto: buffer must be a Uint8Array')
  const least = partial ? Math.min(target.length, 1) : target.length
  let filled = 0
  return {
    name: 'readInto',
    attempt(buffer) {
      filled += buffer.takeInto(target.subarray(filled))
      return filled < least ? undefined : filled
    },
    giveBack(buffer) {
      buffer.append(Buffer.from(target.subarray(0, filled))) // the buffer is empty, otherwise more would be filled
    },
  }
}

export function delimiterRequest(
  delimiter: string | Uint8Array,
  maxBytes: number | undefined,
  maxBufferSize: number,
): ReadRequest<Buffer> {
  const needle = typeof delimiter === 'string' ? Buffer.from(delimiter) : Buffer.from(delimiter)
  if (needle.length === 0) throw new TCPOptionError('readUntil: delimiter must not be empty')
  const limit = searchLimit('readUntil', maxBytes, maxBufferSize)
  let searched = 0
  return {
    name: 'readUntil',
    attempt(buffer) {
      const end = Math.min(buffer.length, limit.size)
      const found = buffer.indexOf(needle, Math.max(0, searched - needle.length + 1), end)
      if (found >= 0) return buffer.take(found + needle.length)
      if (end === limit.size) throw limit.error()
      searched = end
      return undefined
    },
  }
}

export function regexRequest(
  regex: RegExp,
  options: { maxBytes?: number | undefined; maxMatchSize?: number | undefined },
  maxBufferSize: number,
): ReadRequest<Buffer> {
  const { maxMatchSize = 4096 } = options
  checkInteger('maxMatchSize', maxMatchSize, { min: 1, max: Number.MAX_SAFE_INTEGER })
  const limit = searchLimit('readUntilRegex', options.maxBytes, maxBufferSize)
  const search = new RegExp(regex.source, `${regex.flags.replace(/[gy]/g, '')}g`) // one of our own, since lastIndex is written
  let searched = 0
  return {
    name: 'readUntilRegex',
    attempt(buffer) {
      const end = Math.min(buffer.length, limit.size)
      const size = searchRegex(buffer, search, Math.max(0, searched - maxMatchSize), end, maxMatchSize)
      if (size !== undefined) return buffer.take(size)
      if (end === limit.size) throw limit.error()
      searched = end
      return undefined
    },
  }
}

export function untilCloseRequest(maxBufferSize: number): ReadRequest<Buffer> {
  return {
    name: 'readUntilClose',
    attempt(buffer) {
      if (buffer.length > maxBufferSize) throw new StreamBufferFullError('maxBufferSize', maxBufferSize)
      return undefined
    },
    atEnd: (buffer) => buffer.take(buffer.length),
  }
}

/**
 * The position after the first match that begins at `from` or later.
 *
 * The text begins up to `maxMatchSize` bytes earlier, for what looks back: `^` holds at the very first byte alone, and `\b` and
 * lookbehind see what stands before.
 */
function searchRegex(
  buffer: ReadBuffer,
  regex: RegExp,
  from: number,
  to: number,
  maxMatchSize: number,
): number | undefined {
  const origin = Math.max(0, from - maxMatchSize)
  regex.lastIndex = from - origin
  const match = regex.exec(buffer.latin1(origin, to))
  if (match === null) return undefined
  const { length } = match[0]
  if (length > maxMatchSize) {
    throw new UnsatisfiableReadError(`readUntilRegex: a match of ${length} bytes; maxMatchSize is ${maxMatchSize}`)
  }
  return origin + match.index + length
}

function searchLimit(name: string, maxBytes: number | undefined, maxBufferSize: number): SearchLimit {
  if (maxBytes !== undefined) checkInteger('maxBytes', maxBytes, { min: 1, max: Number.MAX_SAFE_INTEGER })
  if (maxBytes === undefined || maxBytes > maxBufferSize) {
    return { size: maxBufferSize, error: () => new StreamBufferFullError('maxBufferSize', maxBufferSize) }
  }
  return { size: maxBytes, error: () => new UnsatisfiableReadError(`${name}: no match within maxBytes, ${maxBytes}`) }
}
