import fc from 'fast-check'
import { expect, test } from 'vitest'
import { percentEncode } from './percent-encoding.ts'

test.each([
  { text: 'a b', encoded: 'a%20b', why: 'a space' },
  { text: 'a\n', encoded: 'a%0A', why: 'two digits, in capitals, RFC 3986 §2.1' },
  { text: '\u00e9', encoded: '%C3%A9', why: 'UTF-8' },
  { text: '\u{1f600}', encoded: '%F0%9F%98%80', why: 'a surrogate pair is one character' },
  { text: '\ud800', encoded: '%EF%BF%BD', why: 'half a pair is U+FFFD' },
])('percentEncode $text: $why', ({ text, encoded }) => {
  expect(percentEncode(text, /[^a-z]+/g)).toBe(encoded)
})

test('property: the same as encodeURIComponent, where that does not throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(percentEncode(text, /[^A-Za-z0-9\-_.!~*'()]+/g)).toBe(encodeURIComponent(text))
    }),
  )
})
