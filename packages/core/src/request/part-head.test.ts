import { describe, expect, test } from 'vitest'
import { HTTPError } from '../errors.ts'
import { type PartHead, parsePartHead } from './part-head.ts'

const parse = (disposition: string): PartHead => parsePartHead(Buffer.from(`Content-Disposition: ${disposition}`))

describe('parsePartHead (RFC 7578 §4.2)', () => {
  test.each([
    { disposition: 'form-data; name="a"', head: { name: 'a' }, why: 'a field' },
    { disposition: 'form-data; name=a', head: { name: 'a' }, why: 'without quotes' },
    { disposition: 'Form-Data;NAME="a" ; FileName="b"', head: { name: 'a', filename: 'b' }, why: 'names ignore case' },
    { disposition: 'form-data; name="a";', head: { name: 'a' }, why: 'a last semicolon' },
    { disposition: 'form-data; filename="b"; name="a"', head: { name: 'a', filename: 'b' }, why: 'any order' },
    { disposition: 'form-data; name="a"; filename=""', head: { name: 'a' }, why: 'no file chosen: a field' },
    {
      disposition: 'form-data; name="a"; filename="b c;d=e.txt"',
      head: { name: 'a', filename: 'b c;d=e.txt' },
      why: 'quoted',
    },
    {
      disposition: 'form-data; name="a"; filename=b c.txt',
      head: { name: 'a', filename: 'b c.txt' },
      why: 'bare, with a space',
    },
    { disposition: 'form-data; name="ä€"; filename="😀"', head: { name: 'ä€', filename: '😀' }, why: 'UTF-8' },
    { disposition: String.raw`form-data; name="a\"b"`, head: { name: 'a"b' }, why: 'an escaped quote' },
    { disposition: String.raw`form-data; name="a\\"`, head: { name: 'a\\' }, why: 'an escaped backslash' },
    {
      disposition: String.raw`form-data; name="a"; filename="C:\new\temp.txt"`,
      head: { name: 'a', filename: String.raw`C:\new\temp.txt` },
      why: 'a Windows path keeps its backslashes',
    },
    {
      disposition: 'form-data; name="a"; filename="../../etc/passwd"',
      head: { name: 'a', filename: '../../etc/passwd' },
      why: 'a path comes as it was sent',
    },
    { disposition: 'form-data; name="a%22b"', head: { name: 'a%22b' }, why: 'percent signs of browsers stay' },
    {
      disposition: `form-data; name="a"; filename="fallback"; filename*=UTF-8''%e2%82%ac%20x`,
      head: { name: 'a', filename: '€ x' },
      why: 'filename* wins (RFC 8187)',
    },
    {
      disposition: `form-data; name="a"; filename*=iso-8859-1'en'%A3x; filename="fallback"`,
      head: { name: 'a', filename: '£x' },
      why: 'filename* wins in any place',
    },
    { disposition: `form-data; name="a"; filename*=UTF-8''`, head: { name: 'a' }, why: 'an empty filename*' },
    { disposition: 'form-data; name="__proto__"', head: { name: '__proto__' }, why: 'a name like any other' },
    { disposition: 'form-data; name="a"; __proto__="x"', head: { name: 'a' }, why: 'an unknown parameter' },
  ])('$disposition: $why', ({ disposition, head }) => {
    expect(parse(disposition)).toEqual({ filename: undefined, contentType: undefined, ...head })
  })

  test.each([
    ['', 'no parameters, no type'],
    ['form-data', 'no name'],
    ['form-data; name=""', 'an empty name'],
    ['form-data; name=', 'an empty bare name'],
    ['form-data; filename="x"', 'a file without a name'],
    ['attachment; name="a"', 'not form-data'],
    ['form-data2; name="a"', 'not form-data either'],
    ['form-data name="a"', 'no semicolon'],
    ['form-data; name="a"; name="b"', 'two names'],
    ['form-data; name="a"; NAME="a"', 'two names in two cases'],
    ['form-data; name="a', 'a quote without an end'],
    [String.raw`form-data; name="a\"`, 'a quote whose end is escaped'],
    ['form-data; name="a"b', 'something behind a quote'],
    ['form-data; name="a"; filename', 'a parameter without a value'],
    [`form-data; name="a"; filename*=UTF-8''%zz`, 'a bad escape in filename*'],
    [`form-data; name="a"; filename*=UTF-8''%ff`, 'bad UTF-8 in filename*'],
    [`form-data; name="a"; filename*=koi8-r''x`, 'an unknown charset'],
    [`form-data; name="a"; filename*=x`, 'filename* without a charset'],
    [`form-data; name="a"; filename*=UTF-8''a%0d%0ab`, 'a line break in filename*'],
    [`form-data; name="a"; filename*=UTF-8''a%00`, 'NUL in filename*'],
  ])('%j: 400, %s', (disposition) => {
    expect(() => parse(disposition)).toThrow(HTTPError)
    expect(() => parse(disposition)).toThrow(expect.objectContaining({ status: 400 }))
  })

  test('the content type: as it was sent, without white space around it', () => {
    const block = 'content-type:\tText/Plain; charset=utf-8 \r\nContent-Disposition: form-data; name="a"\r\nX-Other: 1'
    expect(parsePartHead(Buffer.from(block)).contentType).toBe('Text/Plain; charset=utf-8')
  })

  const GOOD = 'Content-Disposition: form-data; name="a"'
  test.each([
    ['', 'no header at all'],
    ['Content-Type: text/plain', 'no Content-Disposition'],
    [`${GOOD}\r\n${GOOD}`, 'Content-Disposition twice'],
    [`${GOOD}\r\nContent-Type: a/b\r\ncontent-type: a/b`, 'Content-Type twice'],
    [`${GOOD}\r\nno colon`, 'a line without a colon'],
    [`${GOOD}\r\n: x`, 'a line without a name'],
    [`${GOOD}\r\nX Y: x`, 'a name that is no token'],
    [`${GOOD}\r\nContent-Type : a/b`, 'white space before the colon'],
    [`${GOOD}\r\n folded: x`, 'a folded line'],
    [`\r\n${GOOD}`, 'an empty line first'],
    [`${GOOD}\nX: y`, 'a bare LF'],
    [`${GOOD}\rX: y`, 'a bare CR'],
    [`${GOOD}\r\nX: a\0b`, 'NUL'],
    [`${GOOD}\r\nX: a\x1bb`, 'an escape character'],
    [`${GOOD}\r\nX: a\x7fb`, 'DEL'],
  ])('%j: 400, %s', (block) => {
    expect(() => parsePartHead(Buffer.from(block))).toThrow(expect.objectContaining({ status: 400 }))
  })

  test('bytes that are not UTF-8: 400', () => {
    const block = Buffer.from('Content-Disposition: form-data; name="\xe4"', 'latin1')
    expect(() => parsePartHead(block)).toThrow(expect.objectContaining({ status: 400 }))
  })

  test.each(['\\', '\\"', '"', ';', ';a=', '=', ' ', 'a'])('half a megabyte of %j: linear time', (unit) => {
    const status = (disposition: string): number => {
      try {
        parse(disposition)
        return 200
      } catch (error) {
        return (error as HTTPError).status
      }
    }
    const start = performance.now()
    for (const prefix of [
      'form-data; name="',
      'form-data; name=',
      'form-data; ',
      "form-data; name=a; filename*=utf-8''",
    ]) {
      expect([200, 400]).toContain(status(prefix + unit.repeat(500_000 / unit.length)))
    }
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
