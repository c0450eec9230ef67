import { describe, expect, test } from 'vitest'
import { RequestFields } from './request-fields.ts'

describe('fields of a request', () => {
  test('a record, pairs and Headers give the same, and names ignore case', () => {
    const inits = [
      { 'X-A': ['1', '2'], 'x-b': '3', 'X-C': undefined },
      [
        ['X-A', '1'],
        ['x-a', '2'],
        ['x-b', '3'],
      ] as const,
    ]
    for (const init of inits) expect(new RequestFields(init).flat()).toEqual(['X-A', '1', 'X-A', '2', 'x-b', '3'])
    expect(new RequestFields(new Headers({ 'x-b': '3' })).get('X-B')).toBe('3')
  })

  test('overlaid: a name is replaced as a whole', () => {
    const base = new RequestFields({ A: ['1', '2'], B: '3' })
    expect(base.overlaid(new RequestFields({ a: '4' })).flat()).toEqual(['a', '4', 'B', '3'])
    expect(base.get('A')).toBe('1, 2')
  })

  test.each([
    { name: 'X-A', value: 'a\r\nX-B: c', why: 'a line break' },
    { name: 'X-A', value: 'a\nb', why: 'a line feed alone' },
    { name: 'X-A', value: 'a\0', why: 'NUL' },
    { name: 'X-A', value: 'a\x7f', why: 'DEL' },
    { name: 'X-A', value: '€', why: 'a character that is no byte' },
    { name: 'X A', value: 'a', why: 'a space in the name' },
    { name: 'X-A:', value: 'a', why: 'a colon in the name' },
    { name: '', value: 'a', why: 'no name' },
    { name: 'Transfer-Encoding', value: 'chunked', why: 'framing' },
    { name: 'connection', value: 'close', why: 'framing' },
    { name: 'Expect', value: '100-continue', why: 'an option does it' },
  ])('$name: refused, $why', ({ name, value }) => {
    expect(() => new RequestFields({ [name]: value })).toThrow(TypeError)
  })

  test('__proto__ is a name like any other', () => {
    const fields = new RequestFields([['__proto__', 'x']])
    expect(fields.flat()).toEqual(['__proto__', 'x'])
  })
})
