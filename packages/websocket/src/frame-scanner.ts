/**
 * Frame scanner: finds where messages end in what a client sends, and text that can no longer become UTF-8.
 *
 * It judges nothing else: reserved bits, opcodes, masks and lengths are for the protocol implementation behind it.
 */
import { UTF8Check } from './utf8-check.ts'

/** What was found in a piece of the stream. */
export type ScanResult =
  /** All of it belongs to a message or control frame that is not complete. */
  | 'more'
  /** A message, or a ping or pong if they are asked for, ends at `position`. */
  | 'boundary'
  /** A close frame ends at `position`; what follows means nothing (RFC 6455 §5.5.1). */
  | 'close'
  /** The text is wrong; the connection must fail with 1007. */
  | 'invalid-text'

const LONGEST_HEADER = 14
const CONTINUATION = 0x0
const TEXT = 0x1
const BINARY = 0x2
const CLOSE = 0x8

export class FrameScanner {
  /** Behind the last byte that was looked at. */
  position = 0
  readonly #header: Buffer = Buffer.alloc(LONGEST_HEADER)
  #headerSize = 0 // bytes of it that are there
  #headerDue = 2 // bytes that are known to belong to it
  #size = 0 // of the payload
  #seen = 0 // of the payload
  #inPayload = false
  #text: UTF8Check | undefined // of the message at hand, if it is text that came in pieces
  #fragmented = false // the message at hand came in several frames, and the last one is still to come
  #fragmentedText = false

  /** True between messages: what has been scanned means nothing for what comes. */
  get atRest(): boolean {
    return !this.#fragmented && !this.#inPayload && this.#headerSize === 0
  }

  /** Bytes of the payload at hand that are still to come. */
  get missing(): number {
    return this.#inPayload ? this.#size - this.#seen : 0
  }

  /** True if the last piece, of that many bytes, was of a payload that goes on behind it, and of nothing else. */
  isWithinPayload(size: number): boolean {
    return this.#inPayload && this.#seen >= size
  }

  /**
   * Goes on from `start`, up to the next boundary or the end of the chunk.
   *
   * @param stopAtPings - report pings and pongs like messages
   */
  scan(chunk: Buffer, start: number, stopAtPings: boolean): ScanResult {
    this.position = start
    while (this.position < chunk.length || this.#inPayload) {
      if (!this.#inPayload && !this.#readHeader(chunk)) return 'more'
      const from = this.position
      const taken = Math.min(chunk.length - from, this.#size - this.#seen)
      if (!this.#checkText(chunk.subarray(from, from + taken))) return 'invalid-text'
      this.position += taken
      this.#seen += taken
      if (this.#seen < this.#size) return 'more'
      const found = this.#endFrame(stopAtPings)
      if (found !== 'more') return found
    }
    return 'more'
  }

  get #opcode(): number {
    return (this.#header[0] as number) & 0x0f
  }

  get #final(): boolean {
    return ((this.#header[0] as number) & 0x80) !== 0
  }

  get #compressed(): boolean {
    return ((this.#header[0] as number) & 0x40) !== 0
  }

  get #mask(): Buffer | undefined {
    return ((this.#header[1] as number) & 0x80) === 0
      ? undefined
      : this.#header.subarray(this.#headerDue - 4, this.#headerDue)
  }

  /** @returns true once the header is complete */
  #readHeader(chunk: Buffer): boolean {
    while (this.#headerSize < this.#headerDue) {
      if (this.position === chunk.length) return false
      this.#header[this.#headerSize++] = chunk[this.position++] as number
      if (this.#headerSize === 2) this.#headerDue = headerSize(this.#header[1] as number)
    }
    this.#size = payloadSize(this.#header)
    this.#seen = 0
    this.#inPayload = true
    if (this.#opcode === TEXT) {
      this.#text = undefined
      this.#fragmentedText = !this.#final && !this.#compressed
    } else if (this.#opcode === BINARY) {
      this.#fragmentedText = false
    }
    return true
  }

  #endFrame(stopAtPings: boolean): ScanResult {
    this.#inPayload = false
    this.#headerSize = 0
    this.#headerDue = 2
    if (this.#opcode === CLOSE) return 'close'
    if (this.#opcode > CLOSE) return stopAtPings ? 'boundary' : 'more'
    this.#fragmented = !this.#final
    if (this.#fragmented) return 'more'
    this.#fragmentedText = false
    return 'boundary'
  }

  /** A message in one piece is left to the protocol implementation, which checks it faster. */
  #checkText(piece: Buffer): boolean {
    const isText = this.#opcode === TEXT ? !this.#compressed : this.#opcode === CONTINUATION && this.#fragmentedText
    if (!isText) return true
    const inOnePiece = this.#opcode === TEXT && this.#final && piece.length === this.#size
    if (inOnePiece) return true
    this.#text ??= new UTF8Check()
    if (!this.#text.accept(piece, this.#mask, this.#seen)) return false
    const endsHere = this.#final && this.#seen + piece.length === this.#size
    return !endsHere || this.#text.complete
  }
}

function headerSize(second: number): number {
  const length = second & 0x7f
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4)
}

function payloadSize(header: Buffer): number {
  const length = (header[1] as number) & 0x7f
  if (length === 126) return header.readUInt16BE(2)
  if (length === 127) return header.readUInt32BE(2) * 2 ** 32 + header.readUInt32BE(6)
  return length
}
