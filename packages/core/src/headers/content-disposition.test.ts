import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatContentDisposition } from './content-disposition.ts'
import { checkFieldValue } from './field-syntax.ts'
import { parseMediaType } from './media-type.ts'

describe('formatContentDisposition (RFC 6266, RFC 8187)', () => {
  test.each([
    { filename: undefined, value: 'attachment', why: 'no name' },
    { filename: '', value: 'attachment', why: 'an empty name' },
    { filename: 'plans.pdf', value: 'attachment; filename="plans.pdf"', why: 'a plain name' },
    { filename: 'my plans.pdf', value: 'attachment; filename="my plans.pdf"', why: 'a space inside' },
    { filename: ' plans.pdf ', value: 'attachment; filename="plans.pdf"', why: 'spaces at the ends' },
    {
      filename: '€ rates.txt',
      value: `attachment; filename="_ rates.txt"; filename*=UTF-8''%E2%82%AC%20rates.txt`,
      why: 'the example of RFC 6266 §5',
    },
    {
      filename: 'na\u00efve.txt',
      value: `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`,
      why: 'latin1 is not sent bare',
    },
    {
      filename: '\u{1f600}.png',
      value: `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`,
      why: 'one mark for one character',
    },
    {
      filename: 'a"b.txt',
      value: `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`,
      why: 'a quote',
    },
    {
      filename: '100%41.txt',
      value: `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`,
      why: 'a percent sign, which some decode, RFC 6266 appendix D',
    },
    { filename: '../../etc/passwd', value: 'attachment; filename="passwd"', why: 'a path' },
    { filename: 'C:\\dir\\a.txt', value: 'attachment; filename="a.txt"', why: 'a Windows path' },
    { filename: 'a/', value: 'attachment', why: 'a path without a last component' },
    { filename: '..', value: 'attachment', why: 'dots only' },
    { filename: 'a\r\nSet-Cookie: b', value: 'attachment; filename="aSet-Cookie: b"', why: 'control characters' },
    { filename: 'photo\u202egpj.exe', value: 'attachment; filename="photogpj.exe"', why: 'a mark that turns the text' },
    {
      filename: 'a\ud800b',
      value: `attachment; filename="a_b"; filename*=UTF-8''a%EF%BF%BDb`,
      why: 'half a surrogate pair',
    },
  ])('$filename: $why', ({ filename, value }) => {
    expect(formatContentDisposition('attachment', filename)).toBe(value)
  })

  test('inline: shown in the page', () => {
    expect(formatContentDisposition('inline', 'a.pdf')).toBe('inline; filename="a.pdf"')
  })

  test('another type: an OptionError', () => {
    // @ts-expect-error the compiler refuses it too
    expect(() => formatContentDisposition('form-data', 'a')).toThrow(/type must be one of "attachment", "inline"/)
  })

  test('property: any name makes a legal value without a path or a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (filename) => {
        const value = formatContentDisposition('attachment', filename)
        checkFieldValue('Content-Disposition', value)
        expect(sentName(value)).not.toMatch(/[/\\\p{Cc}]/u)
      }),
    )
  })

  test('property: a name without these arrives as it is', () => {
    const unit = fc.constantFrom('a', '\u00e9', '\u6f22', '\u{1f600}', '"', '%', '41', "'", '(', '*', ';', '=', '_')
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1 }), (filename) => {
        expect(sentName(formatContentDisposition('attachment', filename))).toBe(filename)
      }),
    )
  })
})

/** The name as a recipient of RFC 6266 §4.3 takes it: the extended form if there is one. */
function sentName(value: string): string {
  const parameters = parseMediaType(value.replace('attachment', 'x/y'))?.parameters
  const extended = parameters?.get('filename*')
  if (extended === undefined) return parameters?.get('filename') ?? ''
  expect(extended).toMatch(/^UTF-8''/)
  return decodeURIComponent(extended.slice(7))
}
