import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MultipartParser } from './multipart-parser.ts'

const LIMITS = { maxParts: 100, maxPartHeaderSize: 1000 }
const HEAD = 'Content-Disposition: form-data; name="a"'

/** Each part as `name=content`, or the status of the refusal. */
function parse(chunks: readonly Buffer[], boundary = 'b', limits = LIMITS): string[] | number {
  const parts: string[] = []
  try {
    const parser = new MultipartParser(boundary, limits)
    let content = ''
    for (const chunk of chunks) {
      for (const event of parser.feed(chunk)) {
        if (event.type === 'begin') content = `${event.head.name}=`
        else if (event.type === 'data') content += event.bytes.toString('latin1')
        else parts.push(content)
      }
    }
    parser.end()
    return parts
  } catch (error) {
    return (error as { status: number }).status
  }
}

const parseText = (text: string, boundary?: string): string[] | number => parse([Buffer.from(text, 'latin1')], boundary)

describe('MultipartParser (RFC 2046 §5.1.1, Tornado: parse_multipart_form_data)', () => {
  test.each([
    { text: `--b\r\n${HEAD}\r\n\r\nx\r\n--b--\r\n`, parts: ['a=x'], why: 'one part' },
    { text: `--b\r\n${HEAD}\r\n\r\nx\r\n--b--`, parts: ['a=x'], why: 'nothing behind the closing delimiter' },
    { text: `--b\r\n${HEAD}\r\n\r\nx\r\n--b--more\r\n--b\r\n`, parts: ['a=x'], why: 'an epilogue is ignored' },
    { text: `--b\r\n${HEAD}\r\n\r\nx\r\n--b\r\n${HEAD}\r\n\r\ny\r\n--b--`, parts: ['a=x', 'a=y'], why: 'two parts' },
    { text: `--b\r\n${HEAD}\r\n\r\n\r\n--b--`, parts: ['a='], why: 'empty content' },
    { text: `--b\r\n${HEAD}\r\n\r\n--b--`, parts: ['a='], why: 'no content: the empty line belongs to the delimiter' },
    {
      text: `--b\r\n${HEAD}\r\n\r\n--b\r\n${HEAD}\r\n\r\nx\r\n--b--`,
      parts: ['a=', 'a=x'],
      why: 'no content, then some',
    },
    { text: '--b--', parts: [], why: 'no parts, as fetch() sends an empty form' },
    { text: `--b\r\n${HEAD}\r\n\r\n\r\n\r\n\r\n--b--`, parts: ['a=\r\n\r\n'], why: 'line breaks are content' },
    { text: `--b\r\n${HEAD}\r\n\r\n--x\r\n--\r\n-b\r\n--b--`, parts: ['a=--x\r\n--\r\n-b'], why: 'almost delimiters' },
    {
      text: `--b\r\n${HEAD}\r\n\r\nx--b--\n--b\r\n--b--`,
      parts: ['a=x--b--\n--b'],
      why: 'a delimiter begins with CRLF',
    },
    { text: `--b\r\n${HEAD}\r\n\r\n\r\r\n\r\r\n--b--`, parts: ['a=\r\r\n\r'], why: 'many CRs' },
  ])('$text: $why', ({ text, parts }) => {
    expect(parseText(text)).toEqual(parts)
  })

  test.each([
    ['', 'nothing at all'],
    ['\r\n', 'no delimiter'],
    [`x--b\r\n${HEAD}\r\n\r\nx\r\n--b--`, 'text before the first delimiter'],
    [`\r\n--b\r\n${HEAD}\r\n\r\nx\r\n--b--`, 'a line break before the first delimiter'],
    [`--c\r\n${HEAD}\r\n\r\nx\r\n--c--`, 'another boundary'],
    [`--b`, 'the first delimiter alone'],
    [`--b-`, 'half a closing delimiter'],
    [`--b\r\n`, 'no part'],
    [`--b\r\n${HEAD}`, 'half a header block'],
    [`--b\r\n${HEAD}\r\n\r\n`, 'no content'],
    [`--b\r\n${HEAD}\r\n\r\nx`, 'content without an end'],
    [`--b\r\n${HEAD}\r\n\r\nx\r\n--b`, 'the last delimiter does not close'],
    [`--b\r\n${HEAD}\r\n\r\nx\r\n--b\r\n`, 'the closing delimiter is missing'],
    [`--b\r\n${HEAD}\r\n\r\nx--b--`, 'no line break before the closing delimiter'],
    [`--b\r\n\r\nx\r\n--b--`, 'a part without headers'],
    [`--b\r\n--b--`, 'a part without anything'],
    [`--b\r\n${HEAD}\r\n\r\nx\r\n--bc\r\n--b--`, 'a delimiter that goes on'],
    [`--b \r\n${HEAD}\r\n\r\nx\r\n--b--`, 'a space behind a delimiter'],
    [`--b\n${HEAD}\n\nx\n--b--`, 'bare line feeds'],
  ])('%j: 400, %s', (text) => {
    expect(parseText(text)).toBe(400)
    expect(parse(Array.from(Buffer.from(text), (byte) => Buffer.of(byte)))).toBe(400)
  })

  test.each(['b', "0'()+_,-./:=?", 'a b', 'x'.repeat(70)])('boundary %j: fine', (boundary) => {
    expect(parseText(`--${boundary}\r\n${HEAD}\r\n\r\nx\r\n--${boundary}--`, boundary)).toEqual(['a=x'])
  })

  test.each(['', ' ', 'a ', ' a', 'x'.repeat(71), 'a\r\nb', 'a"b', 'ä', 'a;b'])('boundary %j: 400', (boundary) => {
    expect(parseText(`--${boundary}--`, boundary)).toBe(400)
  })

  test('maxParts: as many pass, one more is 400', () => {
    const part = `--b\r\n${HEAD}\r\n\r\nx\r\n`
    expect(parse([Buffer.from(`${part.repeat(3)}--b--`)], 'b', { ...LIMITS, maxParts: 3 })).toHaveLength(3)
    expect(parse([Buffer.from(`${part.repeat(4)}--b--`)], 'b', { ...LIMITS, maxParts: 3 })).toBe(400)
  })

  test('maxPartHeaderSize: a block of that size passes, one byte more is 400, however it is cut', () => {
    const bytes = Buffer.from(`--b\r\n${HEAD}\r\n\r\nx\r\n--b--`)
    const single = Array.from(bytes, (byte) => Buffer.of(byte))
    for (const chunks of [[bytes], single]) {
      expect(parse(chunks, 'b', { maxParts: 1, maxPartHeaderSize: HEAD.length })).toEqual(['a=x'])
      expect(parse(chunks, 'b', { maxParts: 1, maxPartHeaderSize: HEAD.length - 1 })).toBe(400)
    }
  })

  test('a header block without an end: 400 before the body has ended', () => {
    const parser = new MultipartParser('b', LIMITS)
    const feed = (text: string): unknown => [...parser.feed(Buffer.from(text))]
    feed('--b\r\n')
    feed('x'.repeat(900))
    expect(() => feed('x'.repeat(200))).toThrow(expect.objectContaining({ status: 400 }))
  })

  test('cut in two at every offset: the same parts', () => {
    const text = `--bound\r\n${HEAD}\r\n\r\n\r\n--boun\r\r\n--bounx\r\n--bound\r\n${HEAD}\r\n\r\n--bound\r\n${HEAD}\r\n\r\n-\r\n--bound--\r\nend`
    const bytes = Buffer.from(text)
    const whole = parse([bytes], 'bound')
    expect(whole).toEqual(['a=\r\n--boun\r\r\n--bounx', 'a=', 'a=-'])
    for (let at = 0; at <= bytes.length; at++) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)], 'bound'), `cut at ${at}`).toEqual(whole)
    }
  })

  test('any body near the grammar, cut in any way: the same as in one piece', () => {
    const piece = fc.constantFrom(
      '\r\n--ab',
      '--ab',
      '\r\n',
      '\r',
      '\n',
      '--',
      '-',
      'a',
      'b',
      `\r\n${HEAD}\r\n\r\n`,
      HEAD,
    )
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), cuts, (pieces, sizes) => {
        const bytes = Buffer.from(`--ab\r\n${HEAD}\r\n\r\n${pieces.join('')}\r\n--ab--`)
        const chunks: Buffer[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] as number // not empty
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(parse(chunks, 'ab')).toEqual(parse([bytes], 'ab'))
      }),
      { numRuns: 2000 },
    )
  })

  test('any contents without the delimiter: come out as they went in', () => {
    const content = fc.array(fc.constantFrom('\r\n--a', '\r', '\n', '-', 'ab', 'x', '\0\xff'), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(content, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (contents, size) => {
        const values = contents.map((pieces) => pieces.join('')).filter((text) => !text.includes('\r\n--ab'))
        fc.pre(values.every((text) => !text.startsWith('--ab')))
        const body = values.map((text) => `--ab\r\n${HEAD}\r\n\r\n${text}\r\n`).join('')
        const bytes = Buffer.from(`${body}--ab--`, 'latin1')
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        )
        expect(parse(chunks, 'ab')).toEqual(values.map((text) => `a=${text}`))
      }),
    )
  })

  test.each([
    { unit: 'a', boundary: 'a'.repeat(70) },
    { unit: '\r', boundary: 'a'.repeat(70) },
    { unit: `\r\n--${'a'.repeat(69)}`, boundary: 'a'.repeat(70) },
    { unit: `\r\n--${'a'.repeat(69)}b`, boundary: 'a'.repeat(70) },
    { unit: `b${'a'.repeat(69)}`, boundary: 'a'.repeat(70) },
  ])('eight megabytes of $unit: linear time in large chunks and small', ({ unit, boundary }) => {
    const content = Buffer.alloc(8 * 1024 * 1024, unit)
    const start = performance.now()
    for (const size of [65536, 100]) {
      const parser = new MultipartParser(boundary, LIMITS)
      let length = 0
      for (const _ of parser.feed(Buffer.from(`--${boundary}\r\n${HEAD}\r\n\r\n`)));
      for (let at = 0; at < content.length; at += size) {
        for (const event of parser.feed(content.subarray(at, at + size)))
          if (event.type === 'data') length += event.bytes.length
      }
      expect(length).toBeGreaterThan(content.length - 80)
    }
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
