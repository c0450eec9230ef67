import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CatalogueError } from './catalogue-error.ts'
import { parseCsv } from './csv.ts'

const parse = (text: string) => parseCsv(new TextEncoder().encode(text), 'es_GT.csv')

describe('parseCsv (Tornado: load_translations)', () => {
  test('two columns; a third for plural and singular', () => {
    const csv = parse(`"I love you","Te amo"
"%(name)s liked this","A %(name)s les gustó esto","plural"
"%(name)s liked this","A %(name)s le gustó esto","singular"
`)
    expect(csv.find('I love you')).toBe('Te amo')
    expect(csv.find('%(name)s liked this', '%(name)s liked this', 1)).toBe('A %(name)s le gustó esto')
    expect(csv.find('%(name)s liked this', '%(name)s liked this', 0)).toBe('A %(name)s les gustó esto')
    expect(csv.find('%(name)s liked this')).toBeUndefined()
  })

  test.each([
    { text: 'a,b', pair: ['a', 'b'], why: 'without quotes' },
    { text: '"a" , "b"', pair: ['a', 'b'], why: 'blanks around quotes' },
    { text: ' a ,"  b  "', pair: ['a', 'b'], why: 'trimmed, as in Tornado' },
    { text: '"a ""b""","c,d"', pair: ['a "b"', 'c,d'], why: 'quotes and commas within quotes, RFC 4180 §2' },
    { text: '"a\nb","c\r\nd"', pair: ['a\nb', 'c\r\nd'], why: 'line ends within quotes' },
    { text: 'x,y\r\na,b\r\n', pair: ['a', 'b'], why: 'Windows line ends' },
    { text: 'x,y\ra,b', pair: ['a', 'b'], why: 'old line ends' },
    { text: '\n\na,b\n\n', pair: ['a', 'b'], why: 'empty lines' },
    { text: 'a,x\na,b', pair: ['a', 'b'], why: 'the later row' },
    { text: 'a,b,', pair: ['a', 'b'], why: 'an empty third column' },
    { text: 'a,b,unknown', pair: ['a', 'b'], why: 'Tornado’s word for none of both' },
    { text: '__proto__,b', pair: ['__proto__', 'b'], why: 'a message like any other' },
    { text: '\uFEFFa,b', pair: ['a', 'b'], why: 'a byte order mark' },
    { text: 'it "is",b', pair: ['it "is"', 'b'], why: 'quotes in the midst of a field' },
  ])('$text: $why', ({ text, pair: [message = '', translation] }) => {
    expect(parse(text).find(message)).toBe(translation)
  })

  test.each([
    { encoding: 'little-endian', bytes: Buffer.from('\uFEFFa,é', 'utf16le') },
    { encoding: 'big-endian', bytes: Buffer.from('\uFEFFa,é', 'utf16le').swap16() },
  ])('UTF-16, $encoding, as spreadsheets write it', ({ bytes }) => {
    expect(parseCsv(bytes, 'x.csv').find('a')).toBe('é')
  })

  test.each([
    { text: 'a', line: 1, problem: 'got 1 fields' },
    { text: 'a,b\n\nc,d,e,f', line: 3, problem: 'got 4 fields' },
    { text: '"a\nb",c\nd,e,many', line: 3, problem: 'expected plural or singular, got "many"' },
    { text: 'a,b,__proto__', line: 1, problem: 'expected plural or singular' },
    { text: 'a,"b', line: 1, problem: 'a quote' },
    { text: 'a,b\n"a"b,c', line: 2, problem: 'a quote' },
    { text: 'a,  "b', line: 1, problem: 'a quote' },
  ])('$text: line $line, $problem', ({ text, line, problem }) => {
    expect(() => parse(text)).toThrow(CatalogueError)
    expect(() => parse(text)).toThrow(problem)
    expect(() => parse(text)).toThrow(`es_GT.csv:${line}: `)
  })

  test('what is written is read: any text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '\t', '😀') })
    const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), (rows) => {
        const csv = parse(rows.map((row) => row.map(quote).join(',')).join('\n'))
        const expected = new Map(rows.map(([message, translation]) => [message.trim(), translation.trim()]))
        for (const [message, translation] of expected) expect(csv.find(message)).toBe(translation)
      }),
    )
  })
})
