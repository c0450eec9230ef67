import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameScanner } from './frame-scanner.ts'

interface Parts {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
  readonly mask?: Buffer | undefined
}

function encode({ fin, opcode, payload, mask }: Parts): Buffer {
  const width = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + width)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = (mask === undefined ? 0 : 0x80) | (width === 0 ? payload.length : width === 2 ? 126 : 127)
  if (width === 2) head.writeUInt16BE(payload.length, 2)
  if (width === 8) head.writeBigUInt64BE(BigInt(payload.length), 2)
  if (mask === undefined) return Buffer.concat([head, payload])
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i & 3] as number))])
}

/** Positions in the whole stream at which the scanner stopped, with the reason. */
function scanAll(chunks: readonly Buffer[], stopAtPings: boolean): [string, number][] {
  const scanner = new FrameScanner()
  const found: [string, number][] = []
  let before = 0
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start = scanner.position) {
      const result = scanner.scan(chunk, start, stopAtPings)
      if (result === 'invalid-text') return [...found, [result, 0]]
      if (result !== 'more') found.push([result, before + scanner.position])
    }
    before += chunk.length
  }
  return found
}

const someFrames = fc.array(
  fc.record({
    fin: fc.boolean(),
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    payload: fc
      .tuple(fc.string({ unit: 'binary' }), fc.constantFrom(1, 1, 1, 30, 8000))
      .map(([text, times]) => Buffer.from(text.repeat(text.length === 0 ? 1 : Math.ceil(times / text.length)))),
    mask: fc.option(
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((mask) => Buffer.from(mask)),
      { nil: undefined },
    ),
  }),
  { maxLength: 8 },
)

describe('FrameScanner (RFC 6455 §5.2)', () => {
  test('any frames, cut anywhere: the same boundaries, where messages and close frames end', () => {
    fc.assert(
      fc.property(
        someFrames,
        fc.boolean(),
        fc.array(fc.nat({ max: 300 }), { minLength: 1 }),
        (frames, stopAtPings, cuts) => {
          const encoded = frames.map(encode)
          const stream = Buffer.concat(encoded)
          const expected: [string, number][] = []
          let position = 0
          for (const [i, { opcode, fin }] of frames.entries()) {
            position += encoded[i]?.length ?? 0
            if (opcode === 8) expected.push(['close', position])
            else if (opcode > 8 ? stopAtPings : fin) expected.push(['boundary', position])
          }
          const chunks: Buffer[] = []
          for (let start = 0, i = 0; start < stream.length; i++) {
            const size = (cuts[i % cuts.length] ?? 0) + 1
            chunks.push(stream.subarray(start, start + size))
            start += size
          }
          expect(scanAll([stream], stopAtPings)).toEqual(expected)
          expect(scanAll(chunks, stopAtPings)).toEqual(expected)
        },
      ),
    )
  })

  test.each([
    { frames: [{ fin: true, opcode: 1, hex: 'ff' }], result: 'boundary', why: 'a message in one piece is left to ws' },
    {
      frames: [{ fin: false, opcode: 1, hex: 'ff' }],
      result: 'invalid-text',
      why: 'a fragment of text is checked at once',
    },
    {
      frames: [
        { fin: false, opcode: 1, hex: 'c3' },
        { fin: true, opcode: 0, hex: '' },
      ],
      result: 'invalid-text',
      why: 'the text may not end there',
    },
    {
      frames: [
        { fin: false, opcode: 2, hex: 'ff' },
        { fin: true, opcode: 0, hex: 'ff' },
      ],
      result: 'boundary',
      why: 'bytes are no text',
    },
    {
      frames: [
        { fin: false, opcode: 1, hex: 'c3' },
        { fin: true, opcode: 9, hex: 'ff' },
        { fin: true, opcode: 0, hex: 'bc' },
      ],
      result: 'boundary',
      why: 'a ping between fragments is none of it',
    },
  ])('$frames: $result, $why', ({ frames, result }) => {
    const chunk = Buffer.concat(
      frames.map(({ hex, ...parts }) => encode({ ...parts, payload: Buffer.from(hex, 'hex') })),
    )
    expect(new FrameScanner().scan(chunk, 0, false)).toBe(result)
  })
})
