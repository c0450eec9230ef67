import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mediaTypeOf, parseMediaType } from './media-type.ts'

describe('parseMediaType (RFC 9110 §8.3.1)', () => {
  test.each([
    { value: 'text/html', type: 'text/html', parameters: {}, why: 'no parameter' },
    { value: 'Text/HTML', type: 'text/html', parameters: {}, why: 'case does not matter' },
    { value: ' text/html\t', type: 'text/html', parameters: {}, why: 'whitespace around it' },
    { value: 'text/html;charset=utf-8', type: 'text/html', parameters: { charset: 'utf-8' }, why: 'a parameter' },
    { value: 'text/html ; Charset="utf-8"', type: 'text/html', parameters: { charset: 'utf-8' }, why: 'in quotes' },
    { value: 'a/b;x="a;b=\\"c\\"\\\\"', type: 'a/b', parameters: { x: 'a;b="c"\\' }, why: 'escapes in quotes' },
    { value: 'a/b;x=""', type: 'a/b', parameters: { x: '' }, why: 'an empty value in quotes' },
    { value: 'a/b; ;x=1;', type: 'a/b', parameters: { x: '1' }, why: 'empty parameters' },
    { value: 'a/b;x=1;X=2', type: 'a/b', parameters: { x: '1' }, why: 'the first of two counts' },
    { value: 'a/b;x=1 ; y=2', type: 'a/b', parameters: { x: '1', y: '2' }, why: 'two, with spaces between' },
    { value: 'a/b;__proto__=1', type: 'a/b', parameters: { ['__proto__']: '1' }, why: 'a name like any other' },
    { value: 'application/vnd.x+json', type: 'application/vnd.x+json', parameters: {}, why: 'a structured suffix' },
  ])('$value: $why', ({ value, type, parameters }) => {
    const parsed = parseMediaType(value)
    expect(parsed?.type).toBe(type)
    expect(Object.fromEntries(parsed?.parameters ?? [])).toEqual(parameters)
  })

  test.each([
    ['', 'nothing'],
    ['text', 'no subtype'],
    ['/html', 'no type'],
    ['text/', 'an empty subtype'],
    ['text/html/x', 'two slashes'],
    ['text /html', 'a space inside'],
    ['text/html, text/plain', 'two fields joined into one'],
    ['text/html;charset', 'no value'],
    ['text/html;charset=', 'an empty value without quotes'],
    ['text/html;charset = utf-8', 'spaces around the equals sign'],
    ['text/html;=utf-8', 'no name'],
    ['text/html;x="a', 'a quote left open'],
    ['text/html;x="a\\', 'an escape left open'],
    ['text/html;x="a"b', 'something after the quotes'],
    ['text/html;x=a b', 'a space in a value without quotes'],
    ['text/html;x="a\nb"', 'a control character'],
  ])('%j: undefined, %s', (value) => {
    expect(parseMediaType(value)).toBeUndefined()
  })

  test('property: a parameter in quotes survives, whatever is in it', () => {
    const value = fc.array(fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f)).map(textOf)
    fc.assert(
      fc.property(value, (text) => {
        const quoted = text.replace(/["\\]/g, (character) => `\\${character}`)
        expect(parseMediaType(`multipart/form-data; boundary="${quoted}"; x=1`)?.parameters.get('boundary')).toBe(text)
      }),
    )
  })
})

function textOf(codes: readonly number[]): string {
  return String.fromCharCode(...codes)
}

test.each([
  ['Text/HTML ; charset=utf-8', 'text/html'],
  ['a/b', 'a/b'],
  ['', ''],
])('mediaTypeOf(%j): %j', (contentType, type) => {
  expect(mediaTypeOf(contentType)).toBe(type)
})
