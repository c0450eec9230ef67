/** permessage-deflate as a server uses it: each message compressed on its own (RFC 7692 §7.1.1.1), so that one result fits many sockets. */
import { zlib } from './late-modules.ts'

/** Compression of messages, for clients that offer it. */
export interface WebSocketCompressionOptions {
  /** From 1, fast, to 9, small. @defaultValue 6 */
  readonly level?: number
  /** Smaller messages are sent as they are, in bytes. @defaultValue 1024 */
  readonly threshold?: number
  /** Memory for compressing one message, from 1 to 9. @defaultValue 8 */
  readonly memLevel?: number
  /** Most messages that are being inflated at a time, in the whole process; the first handler that compresses decides. @defaultValue 10 */
  readonly concurrency?: number
}

export const COMPRESSION_DEFAULTS: Required<WebSocketCompressionOptions> = {
  level: 6,
  threshold: 1024,
  memLevel: 8,
  concurrency: 10,
}

const SMALLEST_WINDOW = 9 // zlib cannot make raw streams for a window of 2^8 bytes
const TAIL_SIZE = 4 // what a sync flush ends with and the receiver adds again, RFC 7692 §7.2.1

/** What was agreed upon with one client about what it is sent. */
export class Deflater {
  /** Sockets for which this is the same can be sent the same bytes. */
  readonly key: string
  readonly #options: Required<WebSocketCompressionOptions>
  readonly #windowBits: number

  constructor(options: Required<WebSocketCompressionOptions>, windowBits: number) {
    this.#options = options
    this.#windowBits = windowBits
    this.key = `deflate ${windowBits} ${options.level} ${options.memLevel} ${options.threshold}`
  }

  /** True if a message of that many bytes is worth compressing. */
  suits(size: number): boolean {
    return size >= this.#options.threshold && this.#windowBits >= SMALLEST_WINDOW
  }

  /** The payload of a compressed message. */
  deflate(payload: string | Uint8Array): Buffer {
    const { level, memLevel } = this.#options
    const { deflateRawSync, constants } = zlib()
    const packed = deflateRawSync(payload, {
      level,
      memLevel,
      windowBits: this.#windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
    })
    return packed.subarray(0, packed.length - TAIL_SIZE)
  }
}

/** What the server may send, by the line of its answer: 15 window bits unless it agreed to fewer. */
export function serverWindowBits(extensions: string): number {
  const bits = /;\s*server_max_window_bits=(\d+)/.exec(extensions)?.[1]
  return bits === undefined ? 15 : Number(bits)
}
