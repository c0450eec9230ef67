/**
 * Frames of a client (RFC 6455 §5.2) made once, and those of a server counted without looking into them.
 */
import { randomBytes } from 'node:crypto'

const MASKED = 0x80
const FINAL = 0x80
const OPCODE = 0x0f
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10

/** A text message as a client sends it: one masked frame. */
export function textFrame(text: string): Buffer {
  return maskedFrame(FINAL | TEXT, Buffer.from(text))
}

/** The answer to a ping. Peers ask for any sign of life, so that it is empty makes no difference to them. */
export const PONG_FRAME: Buffer = maskedFrame(FINAL | PONG, Buffer.alloc(0))

function maskedFrame(first: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const masked = payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0))
  return Buffer.concat([Buffer.from([first]), maskedLength(payload.length), mask, masked])
}

function maskedLength(length: number): Buffer {
  if (length < 126) return Buffer.from([MASKED | length])
  if (length > 0xffff) throw new RangeError(`a message of the load client has at most 65535 bytes, got ${length}`)
  return Buffer.from([MASKED | 126, length >> 8, length & 0xff])
}

/** Counts the messages of a server in chunks that may begin and end anywhere. */
export class FrameCounter {
  /** Pings since this was last set to 0. */
  pings = 0
  #payloadLeft: number | undefined // undefined between frames
  #endsMessage = false
  /** The beginning of a frame whose head is not complete. */
  #partialHead: Buffer | undefined

  /**
   * @param chunk - is not kept
   * @returns how many messages have ended in it
   * @throws {@link Error} for a close frame
   */
  count(chunk: Buffer): number {
    const bytes = this.#partialHead === undefined ? chunk : Buffer.concat([this.#partialHead, chunk])
    this.#partialHead = undefined
    let messages = 0
    for (let position = 0; ; ) {
      if (this.#payloadLeft !== undefined) {
        const payload = Math.min(this.#payloadLeft, bytes.length - position)
        position += payload
        this.#payloadLeft -= payload
        if (this.#payloadLeft > 0) return messages
        this.#payloadLeft = undefined
        if (this.#endsMessage) messages += 1
      }
      const size = headSize(bytes, position)
      if (size === undefined || position + size > bytes.length) {
        if (position < bytes.length) this.#partialHead = Buffer.from(bytes.subarray(position))
        return messages
      }
      this.#begin(bytes[position] ?? 0)
      this.#payloadLeft = payloadSize(bytes, position)
      position += size
    }
  }

  #begin(first: number): void {
    const opcode = first & OPCODE
    if (opcode === CLOSE) throw new Error('the server has closed a socket')
    if (opcode === PING) this.pings += 1
    this.#endsMessage = opcode < CLOSE && (first & FINAL) !== 0
  }
}

/** Of a frame without a mask. @returns undefined where the byte that tells is not there yet */
export function headSize(bytes: Buffer, position: number): number | undefined {
  const length = bytes[position + 1]
  if (length === undefined) return undefined
  if (length < 126) return 2
  return length === 126 ? 4 : 10
}

/** Of a frame whose head is complete. */
export function payloadSize(bytes: Buffer, position: number): number {
  const length = bytes[position + 1] ?? 0
  if (length < 126) return length
  return length === 126 ? bytes.readUInt16BE(position + 2) : Number(bytes.readBigUInt64BE(position + 2))
}
