import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UTF8Check } from './utf8-check.ts'

function isUTF8(pieces: readonly Uint8Array[], mask?: Uint8Array): boolean {
  const check = new UTF8Check()
  let offset = 0
  for (const piece of pieces) {
    if (!check.accept(piece, mask, offset)) return false
    offset += piece.length
  }
  return check.complete
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Bytes that often come close to being text. */
const nearlyText = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('c0', 'c2', 'e0', 'ed', 'ef', 'f0', 'f4', 'f5', '80', '8f', '90', '9f', 'a0', 'bf')
      .map((hex) => Buffer.from(hex, 'hex')),
  ),
)

describe('UTF8Check (RFC 3629 §4)', () => {
  test('any bytes, cut anywhere and masked: the verdict is that of TextDecoder', () => {
    fc.assert(
      fc.property(nearlyText, fc.uint8Array({ minLength: 4, maxLength: 4 }), (pieces, mask) => {
        const expected = decodes(Buffer.concat(pieces))
        let offset = 0
        const masked = pieces.map((piece) => piece.map((byte) => byte ^ (mask[offset++ & 3] as number)))
        expect(isUTF8(pieces)).toBe(expected)
        expect(isUTF8(masked, mask)).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    { hex: 'f4908080', at: 1, why: 'beyond U+10FFFF shows at the second byte' },
    { hex: 'eda080', at: 1, why: 'so does a surrogate' },
    { hex: 'c0af', at: 0, why: 'an overlong form shows at the first' },
    { hex: 'e08080', at: 1, why: 'or, of three bytes, at the second' },
    { hex: '61ff', at: 1, why: 'a byte that never occurs' },
  ])('$hex fails at byte $at: $why', ({ hex, at }) => {
    const bytes = Buffer.from(hex, 'hex')
    const check = new UTF8Check()
    const verdicts = [...bytes].map((byte) => check.accept(Uint8Array.of(byte), undefined, 0))
    expect(verdicts.indexOf(false)).toBe(at)
  })
})
