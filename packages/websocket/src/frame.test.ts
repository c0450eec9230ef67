import { describe, expect, test } from 'vitest'
import { encodeFrame, Opcode } from './frame.ts'

describe('encodeFrame (RFC 6455 §5.2)', () => {
  test.each([
    { size: 0, head: '8100', why: 'no payload' },
    { size: 125, head: '817d', why: 'the largest length in 7 bits' },
    { size: 126, head: '817e007e', why: 'the smallest in 16 bits' },
    { size: 65_535, head: '817effff', why: 'the largest in 16 bits' },
    { size: 65_536, head: '817f0000000000010000', why: 'the smallest in 64 bits' },
  ])('$size bytes: $head, $why', ({ size, head }) => {
    const frame = encodeFrame(Opcode.text, 'x'.repeat(size))
    expect(frame.subarray(0, head.length / 2).toString('hex')).toBe(head)
    expect(frame.length).toBe(head.length / 2 + size)
    expect(encodeFrame(Opcode.text, Buffer.alloc(size, 'x'))).toEqual(frame)
  })

  test.each([
    { opcode: Opcode.binary, payload: new Uint8Array([255]), compressed: false, hex: '8201ff', why: 'bytes' },
    { opcode: Opcode.text, payload: 'ü', compressed: false, hex: '8102c3bc', why: 'text counts as UTF-8' },
    {
      opcode: Opcode.text,
      payload: 'x',
      compressed: true,
      hex: 'c10178',
      why: 'RSV1 says that it is compressed, RFC 7692 §6',
    },
    { opcode: Opcode.ping, payload: '', compressed: false, hex: '8900', why: 'a ping' },
  ])('$hex: $why', ({ opcode, payload, compressed, hex }) => {
    expect(encodeFrame(opcode, payload, compressed).toString('hex')).toBe(hex)
  })
})
