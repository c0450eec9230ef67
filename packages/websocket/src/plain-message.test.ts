import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPlainMessage } from './plain-message.ts'

const MAX = 70_000

function encode(first: number, payload: Buffer, mask: Uint8Array | undefined): Buffer {
  const width = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + width)
  head[0] = first
  head[1] = (mask === undefined ? 0 : 0x80) | (width === 0 ? payload.length : width === 2 ? 126 : 127)
  if (width === 2) head.writeUInt16BE(payload.length, 2)
  if (width === 8) head.writeBigUInt64BE(BigInt(payload.length), 2)
  if (mask === undefined) return Buffer.concat([head, payload])
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i & 3] as number))])
}

const MASK = Uint8Array.of(1, 2, 3, 4)
const masks = fc.uint8Array({ minLength: 4, maxLength: 4 })

describe('readPlainMessage (RFC 6455 §5.2)', () => {
  test('text and bytes between other bytes: come back as they were masked', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat({ max: 300 }),
        masks,
        fc.nat({ max: 9 }),
        (text, more, mask, start) => {
          const payload = Buffer.from(text + 'x'.repeat(more))
          const around = [Buffer.alloc(start, 0xff), Buffer.alloc(3, 0xff)] as const
          for (const first of [0x81, 0x82]) {
            const frame = encode(first, payload, mask)
            const found = readPlainMessage(Buffer.concat([around[0], frame, around[1]]), start, MAX)
            expect(found?.end).toBe(start + frame.length)
            expect(found?.data).toEqual(first === 0x81 ? payload.toString() : payload)
          }
        },
      ),
    )
  })

  test.each([
    { bytes: encode(0x01, Buffer.from('part'), MASK), why: 'a fragment' },
    { bytes: encode(0x80, Buffer.from('part'), MASK), why: 'the end of a fragmented message' },
    { bytes: encode(0xc1, Buffer.from('text'), MASK), why: 'a reserved bit, as of a compressed message' },
    { bytes: encode(0x89, Buffer.from('ping'), MASK), why: 'a control frame' },
    { bytes: encode(0x81, Buffer.from('text'), undefined), why: 'a frame without a mask' },
    { bytes: encode(0x81, Buffer.alloc(65_536, 'x'), MASK), why: 'a length in eight bytes' },
    { bytes: encode(0x82, Buffer.alloc(1001), MASK), why: 'more than the limit' },
    { bytes: encode(0x81, Buffer.from([0x61, 0xff]), MASK), why: 'text that is not UTF-8' },
  ])('$why: is left alone, unchanged', ({ bytes }) => {
    const before = Buffer.from(bytes)
    expect(readPlainMessage(bytes, 0, 1000)).toBeUndefined()
    expect(bytes).toEqual(before)
  })

  test('a frame cut anywhere: is left alone', () => {
    const frame = encode(0x81, Buffer.alloc(200, 'x'), MASK)
    for (let size = 0; size < frame.length; size++)
      expect(readPlainMessage(frame.subarray(0, size), 0, MAX)).toBeUndefined()
  })
})
