/**
 * Multipart parser: bytes in, parts out (RFC 2046 §5.1.1, RFC 7578).
 *
 * It holds back no more than one header block or one delimiter, so it reads bodies of any size; how the bytes are cut
 * into chunks makes no difference to what comes out. It judges form only: what becomes of a part, how large it may be
 * and where it is kept belongs to multipart.ts.
 *
 * As in Tornado, nothing may precede the first delimiter, the closing one must be there, and what follows it is
 * ignored.
 */
import { HTTPError } from '../errors.ts'
import { type PartHead, parsePartHead } from './part-head.ts'

export interface MultipartParserLimits {
  readonly maxParts: number
  /** In bytes, without the empty line at the end of the block. */
  readonly maxPartHeaderSize: number
}

/** A part begins, goes on with some of its content, which is memory of the chunk, or is complete. */
export type MultipartEvent =
  | { readonly type: 'begin'; readonly head: PartHead }
  | { readonly type: 'data'; readonly head: PartHead; readonly bytes: Buffer }
  | { readonly type: 'end'; readonly head: PartHead }

/** Where the next byte belongs; `content-start` is the one place in a part where a delimiter needs no CRLF. */
type State = 'start' | 'delimiter-end' | 'head' | 'content-start' | 'content' | 'epilogue'

const CR = 0x0d
const CRLF: Buffer = Buffer.from('\r\n')
const HEAD_END: Buffer = Buffer.from('\r\n\r\n')
const NOTHING: Buffer = Buffer.alloc(0)
const BOUNDARY = /^[\w'()+,./:=?-](?:[\w'()+,./:=? -]{0,68}[\w'()+,./:=?-])?$/ // RFC 2046 §5.1.1

export class MultipartParser {
  readonly #maxParts: number
  readonly #delimiter: Buffer // with the CRLF before it, which belongs to it
  readonly #block: Buffer // the header block of the part that is being read
  #blockLength = 0
  #head: PartHead = { name: '', filename: undefined, contentType: undefined }
  #state: State = 'start'
  #parts = 0
  #rest: Buffer = NOTHING // seen, but too short to be judged

  /** @throws {@link HTTPError} 400 unless `boundary` is one */
  constructor(boundary: string, limits: MultipartParserLimits) {
    if (!BOUNDARY.test(boundary)) throw malformed('bad boundary')
    this.#maxParts = limits.maxParts
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
    this.#block = Buffer.allocUnsafe(limits.maxPartHeaderSize + HEAD_END.length)
  }

  /** What the next chunk completes. @throws {@link HTTPError} 400 at the first byte that cannot be right */
  *feed(chunk: Buffer): Generator<MultipartEvent, void> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = NOTHING
    while (bytes.length > 0 && this.#state !== 'epilogue') {
      if (this.#state === 'head') bytes = yield* this.#readHead(bytes)
      else if (this.#state === 'content') bytes = yield* this.#readContent(bytes)
      else if (this.#state === 'delimiter-end') bytes = this.#readDelimiterEnd(bytes)
      else bytes = yield* this.#readDashBoundary(bytes)
    }
  }

  /** Says that there are no more chunks. @throws {@link HTTPError} 400 if the closing delimiter has not come */
  end(): void {
    if (this.#state !== 'epilogue') throw malformed('no closing boundary')
  }

  /** At the start of the body there must be a delimiter; where content begins there is one if the part has none. */
  *#readDashBoundary(bytes: Buffer): Generator<MultipartEvent, Buffer> {
    const expected = this.#delimiter.subarray(CRLF.length)
    const length = Math.min(bytes.length, expected.length)
    const matches = bytes.compare(expected, 0, length, 0, length) === 0
    if (matches && length < expected.length) return this.#keep(bytes)
    if (matches) {
      if (this.#state === 'content-start') yield { type: 'end', head: this.#head }
      this.#state = 'delimiter-end'
      return bytes.subarray(length)
    }
    if (this.#state === 'start') throw malformed('the body does not begin with its boundary')
    this.#state = 'content'
    return bytes
  }

  #readDelimiterEnd(bytes: Buffer): Buffer {
    if (bytes.length < CRLF.length) return this.#keep(bytes)
    const ending = bytes.toString('latin1', 0, CRLF.length)
    if (ending !== '\r\n' && ending !== '--') throw malformed('a boundary is followed by something else')
    if (ending === '\r\n' && ++this.#parts > this.#maxParts) throw malformed(`more than ${this.#maxParts} parts`)
    this.#state = ending === '--' ? 'epilogue' : 'head'
    return bytes.subarray(CRLF.length)
  }

  *#readHead(bytes: Buffer): Generator<MultipartEvent, Buffer> {
    const before = this.#blockLength
    this.#blockLength += bytes.copy(this.#block, before)
    const seen = this.#block.subarray(0, this.#blockLength)
    const end = seen.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1))
    if (end === -1) {
      if (this.#blockLength === this.#block.length) throw malformed('a part header is too large')
      return NOTHING
    }
    this.#head = parsePartHead(seen.subarray(0, end))
    this.#blockLength = 0
    yield { type: 'begin', head: this.#head }
    this.#state = 'content-start'
    return bytes.subarray(end + HEAD_END.length - before)
  }

  *#readContent(bytes: Buffer): Generator<MultipartEvent, Buffer> {
    const at = bytes.indexOf(this.#delimiter)
    const end = at === -1 ? bytes.length - this.#partialDelimiter(bytes) : at
    if (end > 0) yield { type: 'data', head: this.#head, bytes: bytes.subarray(0, end) }
    if (at === -1) return this.#keep(bytes.subarray(end))
    yield { type: 'end', head: this.#head }
    this.#state = 'delimiter-end'
    return bytes.subarray(at + this.#delimiter.length)
  }

  /** How many bytes at the end may begin a delimiter. It holds one CR only, so only the last CR can be its first. */
  #partialDelimiter(bytes: Buffer): number {
    const tail = bytes.subarray(Math.max(0, bytes.length - this.#delimiter.length + 1))
    const at = tail.lastIndexOf(CR)
    if (at === -1) return 0
    const length = tail.length - at
    return tail.compare(this.#delimiter, 0, length, at) === 0 ? length : 0
  }

  #keep(bytes: Buffer): Buffer {
    this.#rest = bytes
    return NOTHING
  }
}

function malformed(logMessage: string): HTTPError {
  return new HTTPError(400, `multipart: ${logMessage}`)
}
