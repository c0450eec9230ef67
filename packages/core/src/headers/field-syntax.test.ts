import { validateHeaderName, validateHeaderValue } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFieldName, checkFieldValue, checkReasonPhrase, isToken } from './field-syntax.ts'

describe('isToken (RFC 9110 §5.6.2)', () => {
  test.each(['a', 'X-Request-ID', "!#$%&'*+-.^_`|~09AZaz"])('%j: a token', (text) => {
    expect(isToken(text)).toBe(true)
  })

  test.each(['', ' ', 'a b', 'a:', 'a/b', '"a"', 'é', 'a\n', '\0', '(a)'])('%j: none', (text) => {
    expect(isToken(text)).toBe(false)
  })
})

describe('checkFieldName (RFC 9110 §5.1)', () => {
  test.each([
    { name: '', message: 'a field name must not be empty' },
    { name: 'X Y', message: 'field name "X Y": \\x20 (at index 1) is not allowed in a token' },
    { name: 'X:', message: 'field name "X:": \':\' (at index 1) is not allowed in a token' },
    { name: 'X\r\nY', message: 'field name "X\\x0d\\x0aY": \\x0d (at index 1) is not allowed in a token' },
    { name: 'Caf\u00e9', message: 'field name "Caf\\xe9": \\xe9 (at index 3) is not allowed in a token' },
    { name: '\u{1f600}', message: 'field name "\\u{1f600}": \\u{1f600} (at index 0) is not allowed in a token' },
  ])('$name: refused', ({ name, message }) => {
    expect(() => checkFieldName(name)).toThrow(new TypeError(message))
  })

  test('a long name: cut short in the message', () => {
    expect(() => checkFieldName(`${'x'.repeat(5000)}\n`)).toThrow(/^field name "x{80}…": \\x0a \(at index 5000\)/)
  })

  test('property: the same verdict as node:http', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (name) => {
        expect(throws(() => checkFieldName(name))).toBe(throws(() => validateHeaderName(name)))
      }),
    )
  })
})

describe('checkFieldValue (RFC 9110 §5.5, Tornado set_header)', () => {
  test.each(['', ' ', 'a\tb', ' ~', '\x80\xff'])('%j: allowed', (value) => {
    expect(() => checkFieldValue('X', value)).not.toThrow()
  })

  test.each([
    { value: 'a\r\nSet-Cookie: b', message: 'field "X-A": its value must not hold \\x0d (at index 1)' },
    { value: '\0', message: 'field "X-A": its value must not hold \\x00 (at index 0)' },
    { value: '\x7f', message: 'field "X-A": its value must not hold \\x7f (at index 0)' },
    {
      value: '5 €',
      message:
        'field "X-A": its value must not hold \\u20ac (at index 2); ' +
        'encode characters above U+00FF, for example with encodeURIComponent',
    },
  ])('$value: refused', ({ value, message }) => {
    expect(() => checkFieldValue('X-A', value)).toThrow(new TypeError(message))
  })

  test('property: the same verdict as node:http', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (value) => {
        expect(throws(() => checkFieldValue('X', value))).toBe(throws(() => validateHeaderValue('X', value)))
      }),
    )
  })
})

describe('checkReasonPhrase (RFC 9112 §4, Tornado CVE-2025-67724)', () => {
  test.each(['', 'Not Found', 'Nicht\tgefunden \xfc'])('%j: allowed', (text) => {
    expect(() => checkReasonPhrase(text)).not.toThrow()
  })

  test.each([
    { text: 'OK\r\nX: y', shown: '\\x0d (at index 2)' },
    { text: '<b>', shown: "'<' (at index 0)" },
    { text: '\u2028', shown: '\\u2028 (at index 0)' },
  ])('$text: refused', ({ text, shown }) => {
    expect(() => checkReasonPhrase(text)).toThrow(new TypeError(`a reason phrase must not hold ${shown}`))
  })
})

function throws(run: () => void): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}
