import { expect, test } from 'vitest'
import { appendVary } from './vary.ts'

test.each([
  { existing: undefined, field: 'Accept', vary: 'Accept', why: 'the first name' },
  { existing: '', field: 'Accept', vary: 'Accept', why: 'an empty field' },
  { existing: 'Accept', field: 'Cookie', vary: 'Accept, Cookie', why: 'one more' },
  { existing: 'accept , COOKIE', field: 'Cookie', vary: 'accept , COOKIE', why: 'there already, names ignore case' },
  {
    existing: 'Accept-Encoding',
    field: 'Accept',
    vary: 'Accept-Encoding, Accept',
    why: 'the beginning of another name',
  },
  { existing: '*', field: 'Accept', vary: '*', why: 'an asterisk stands for every name' },
  { existing: 'Accept', field: '*', vary: '*', why: 'and swallows the others' },
])('appendVary $existing, $field: $why (RFC 9110 §12.5.5)', ({ existing, field, vary }) => {
  expect(appendVary(existing, field)).toBe(vary)
})

test.each(['', 'a b', 'a, b', 'a\r\nb'])('appendVary %j: a TypeError, no field name', (field) => {
  expect(() => appendVary('Accept', field)).toThrow(TypeError)
})
