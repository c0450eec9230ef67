/**
 * Plain messages: one frame that has come whole, uncompressed and within the limit. Most messages are, and need no state to be read.
 *
 * Everything else, and whatever is wrong, is left to the protocol implementation.
 */
import { isUtf8 } from 'node:buffer'

export interface PlainMessage {
  readonly data: string | Buffer
  /** Behind its last byte. */
  readonly end: number
}

const FINAL_TEXT = 0x81
const FINAL_BINARY = 0x82
const MASKED = 0x80
const MASK_SIZE = 4

/**
 * Reads the frame that begins at `start`; its payload is unmasked where it is.
 *
 * @returns undefined if this is no plain message; the bytes are then as they were
 */
export function readPlainMessage(bytes: Buffer, start: number, maxSize: number): PlainMessage | undefined {
  const first = bytes[start]
  const second = bytes[start + 1]
  if ((first !== FINAL_TEXT && first !== FINAL_BINARY) || second === undefined || second < MASKED) return undefined
  let size = second - MASKED
  let mask = start + 2
  if (size === 126) {
    if (mask + 2 > bytes.length) return undefined
    size = bytes.readUInt16BE(mask)
    mask += 2
  } else if (size === 127) {
    return undefined
  }
  const payload = mask + MASK_SIZE
  const end = payload + size
  if (end > bytes.length || size > maxSize) return undefined
  const seen = unmask(bytes, mask, payload, end)
  if (first === FINAL_BINARY) return { data: bytes.subarray(payload, end), end }
  if (seen < 0x80) return { data: bytes.toString('latin1', payload, end), end } // ASCII, which is quickly told and decoded
  if (isUtf8(bytes.subarray(payload, end))) return { data: bytes.toString('utf8', payload, end), end }
  unmask(bytes, mask, payload, end) // once more, which masks it again
  return undefined
}

/** @returns the bits that are set in any of the unmasked bytes */
function unmask(bytes: Buffer, mask: number, start: number, end: number): number {
  let seen = 0
  for (let i = start; i < end; i++) {
    const byte = (bytes[i] as number) ^ (bytes[mask + ((i - start) & 3)] as number) // both lie before `end`
    bytes[i] = byte
    seen |= byte
  }
  return seen
}
