/** Frames as a server sends them: whole messages, without a mask (RFC 6455 §5.2). */

export const Opcode = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

const FIN = 0x80
const RSV1 = 0x40 // the message is compressed, RFC 7692 §6

/**
 * Header and payload in one piece of memory.
 *
 * @param payload - text is sent as UTF-8
 * @param compressed - the payload is the output of permessage-deflate
 */
export function encodeFrame(opcode: number, payload: string | Uint8Array, compressed = false): Buffer {
  const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength
  const headerSize = size < 126 ? 2 : size < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerSize + size)
  frame[0] = FIN | (compressed ? RSV1 : 0) | opcode
  writeLength(frame, size)
  if (typeof payload === 'string') frame.write(payload, headerSize)
  else frame.set(payload, headerSize)
  return frame
}

/** @param code - undefined for a close frame that says nothing, and then has no reason either */
export function encodeCloseFrame(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return encodeFrame(Opcode.close, '')
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return encodeFrame(Opcode.close, payload)
}

function writeLength(frame: Buffer, size: number): void {
  if (size < 126) {
    frame[1] = size
  } else if (size < 65_536) {
    frame[1] = 126
    frame.writeUInt16BE(size, 2)
  } else {
    frame[1] = 127
    frame.writeUIntBE(0, 2, 2)
    frame.writeUIntBE(size, 4, 6)
  }
}
