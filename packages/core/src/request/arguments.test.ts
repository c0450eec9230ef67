import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HTTPError } from '../errors.ts'
import { cleanArgument, decodeArgument, parseUrlencoded, percentDecode } from './arguments.ts'

const LIMITS = { maxFields: 1000 }

function refusal(work: () => unknown): HTTPError {
  try {
    work()
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('parseUrlencoded (Tornado: parse_qs_bytes)', () => {
  test.each([
    { input: '', pairs: [], why: 'nothing' },
    { input: 'a=1', pairs: [['a', ['1']]], why: 'one' },
    {
      input: 'a=1&a=2&b=3',
      pairs: [
        ['a', ['1', '2']],
        ['b', ['3']],
      ],
      why: 'several values, in their order',
    },
    { input: 'a', pairs: [['a', ['']]], why: 'without an equals sign: blank' },
    { input: 'a=', pairs: [['a', ['']]], why: 'a blank value is kept' },
    { input: '=v', pairs: [['', ['v']]], why: 'an empty name is a name' },
    { input: '&&a=1&&', pairs: [['a', ['1']]], why: 'nothing between separators is nothing' },
    { input: 'a=1;b=2', pairs: [['a', ['1;b=2']]], why: 'a semicolon is data' },
    { input: 'a=b=c', pairs: [['a', ['b=c']]], why: 'the first equals sign divides' },
    { input: 'a+b=c+d', pairs: [['a b', ['c d']]], why: 'a plus is a space, in names too' },
    { input: 'a=%2B%26%3D', pairs: [['a', ['+&=']]], why: 'escaped separators are data' },
    { input: 'n%C3%A4me=%e2%82%ac', pairs: [['näme', ['€']]], why: 'UTF-8, either case of hex digits' },
    { input: 'a=%zz', pairs: [['a', ['%zz']]], why: 'no escape, so literal' },
    { input: 'a=%4', pairs: [['a', ['%4']]], why: 'half an escape, literal' },
    { input: 'a=%', pairs: [['a', ['%']]], why: 'a lone percent sign, literal' },
    { input: 'a=%%41+%', pairs: [['a', ['%A %']]], why: 'literal and escaped mixed' },
    { input: 'a=%0+%a+', pairs: [['a', ['%0 %a ']]], why: 'a plus ends half an escape' },
    { input: 'a=%00', pairs: [['a', ['\0']]], why: 'a control character is data here' },
    { input: 'a=%EF%BB%BFx', pairs: [['a', ['\ufeffx']]], why: 'a byte order mark is data' },
    {
      input: '__proto__=1&constructor=2',
      pairs: [
        ['__proto__', ['1']],
        ['constructor', ['2']],
      ],
      why: 'plain names',
    },
  ])('$input: $why', ({ input, pairs }) => {
    expect([...parseUrlencoded(input, LIMITS)]).toEqual(pairs)
    expect([...parseUrlencoded(Buffer.from(input), LIMITS)]).toEqual(pairs)
  })

  test('raw UTF-8 in a body: text, and beside it escapes and stray percent signs', () => {
    expect([...parseUrlencoded(Buffer.from('ä=\ufeff€+%C3%A4%'), LIMITS)]).toEqual([['ä', ['\ufeff€ ä%']]])
  })

  test.each([
    { input: 'a=%FF', log: 'Invalid unicode in "a": "ÿ"', why: 'no UTF-8 at all' },
    { input: 'x=1&a=%C3', log: 'Invalid unicode in "a": "Ã"', why: 'a sequence cut short' },
    { input: 'a=%C0%AF', log: 'Invalid unicode in "a": "À¯"', why: 'an overlong slash' },
    { input: 'a=%ED%A0%80', log: 'Invalid unicode in "a": "í\xa0\x80"', why: 'a surrogate' },
    { input: 'a=%F4%90%80%80', log: 'Invalid unicode in "a": "ô\x90\x80\x80"', why: 'past U+10FFFF' },
    { input: '%FF=1', log: 'Invalid unicode in url: "ÿ"', why: 'in a name' },
    { input: 'a=%0A%FF', log: 'Invalid unicode in "a": "\\nÿ"', why: 'a line break cannot forge a log line' },
  ])('$input: 400, $why', ({ input, log }) => {
    for (const form of [input, Buffer.from(input)]) {
      const error = refusal(() => parseUrlencoded(form, LIMITS))
      expect(error).toMatchObject({ status: 400, logMessage: log })
    }
  })

  test('a long value that is refused: the log shows its beginning', () => {
    const error = refusal(() => parseUrlencoded(`${'n'.repeat(500)}=${'%FF'.repeat(10_000)}`, LIMITS))
    expect(error.logMessage?.length).toBeLessThan(150)
  })

  test('as many arguments as allowed pass, one more is 400, separators do not count', () => {
    expect(parseUrlencoded('a&&b&&c', { maxFields: 3 }).size).toBe(3)
    expect(refusal(() => parseUrlencoded('a&b&c&d', { maxFields: 3 })).status).toBe(400)
    expect(refusal(() => parseUrlencoded('a', { maxFields: 0 })).status).toBe(400)
  })

  test('any pairs that URLSearchParams writes: the same come back', () => {
    const word = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
        const expected = new Map<string, string[]>()
        for (const [name, value] of pairs) expected.set(name, [...(expected.get(name) ?? []), value])
        const written = new URLSearchParams(pairs).toString()
        expect(parseUrlencoded(written, LIMITS)).toEqual(expected)
        expect(parseUrlencoded(Buffer.from(written), LIMITS)).toEqual(expected)
      }),
    )
  })

  test('any bytes: the same as decoding every argument byte by byte, or 400', () => {
    const piece = fc.constantFrom('%', '+', '=', '&', '4', 'f', 'z', '%c3', '%A4', '%ff', '\xc3', '\xa4', 'word')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const input = pieces.join('')
        const decode = (text = ''): string => decodeArgument(percentDecode(text.replaceAll('+', ' ')))
        const byHand = (): Map<string, string[]> => {
          const found = new Map<string, string[]>()
          for (const pair of input.split('&').filter((text) => text !== '')) {
            const [name, value] = [decode(/^[^=]*/.exec(pair)?.[0]), decode(/=(.*)/s.exec(pair)?.[1])]
            found.set(name, [...(found.get(name) ?? []), value])
          }
          return found
        }
        expect(attempt(() => parseUrlencoded(input, LIMITS))).toEqual(attempt(byHand))
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['&', '=', '+', '%', '%zz', '%C3', 'a&', '\xc3'])('a megabyte of %j: answered in linear time', (unit) => {
    const elapsed = (bytes: number): number => {
      const body = Buffer.from(unit.repeat(bytes / unit.length), 'latin1')
      const start = performance.now()
      attempt(() => parseUrlencoded(body, { maxFields: 1e9 }))
      return performance.now() - start
    }
    elapsed(1e4)
    expect(elapsed(1e6)).toBeLessThan(2000)
  })
})

function attempt<T>(work: () => T): T | number {
  try {
    return work()
  } catch (error) {
    if (error instanceof HTTPError) return error.status
    throw error
  }
}

describe('percentDecode', () => {
  test.each([
    { text: 'a%41+', bytes: [0x61, 0x41, 0x2b], why: 'a plus stays, as in paths' },
    { text: '%ff%00', bytes: [0xff, 0], why: 'any byte' },
    { text: '%4%41', bytes: [0x25, 0x34, 0x41], why: 'half an escape before a whole one' },
    { text: '%:0%G0%@A', bytes: [...Buffer.from('%:0%G0%@A')], why: 'neighbours of the hex digits are none' },
  ])('$text: $why', ({ text, bytes }) => {
    expect([...percentDecode(text)]).toEqual(bytes)
  })
})

describe('cleanArgument (Tornado: get_argument)', () => {
  test.each([
    { value: '  a b\t\r\n', clean: 'a b', why: 'white space goes at the ends only' },
    { value: '\x00a\x08b\x0ec\x1f', clean: 'a b c', why: 'control characters are spaces, and then trimmed' },
    { value: 'a\t\n\v\f\rb', clean: 'a\t\n\v\f\rb', why: 'white space inside stays as it is' },
    { value: '\x85\xa0\u2003\u3000a\u2028', clean: 'a', why: 'what Python takes for white space' },
    { value: '\ufeffa\u200b', clean: '\ufeffa\u200b', why: 'what Python does not' },
    { value: 'a\x7fb\x9f', clean: 'a\x7fb\x9f', why: 'DEL and C1 stay' },
    { value: ' \x01 ', clean: '', why: 'nothing left' },
  ])('$value: $why', ({ value, clean }) => {
    expect(cleanArgument(value, true)).toBe(clean)
  })

  test('without strip: control characters only', () => {
    expect(cleanArgument(' a\0 ', false)).toBe(' a  ')
  })

  test('a megabyte of spaces within letters: linear time', () => {
    const value = `a${' '.repeat(1e6)}b`
    const start = performance.now()
    expect(cleanArgument(value, true)).toBe(value)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
