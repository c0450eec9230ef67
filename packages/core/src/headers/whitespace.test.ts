import { expect, test } from 'vitest'
import { trimWhitespace } from './whitespace.ts'

test.each([
  { text: '', trimmed: '', why: 'nothing to trim' },
  { text: ' \t ', trimmed: '', why: 'nothing else' },
  { text: '\t a b\t', trimmed: 'a b', why: 'the space inside stays' },
  { text: '\u00a0a\u00a0', trimmed: '\u00a0a\u00a0', why: 'U+00A0 is half of a character in UTF-8' },
  { text: '\ufeffa\r\n', trimmed: '\ufeffa\r\n', why: 'only space and tab count, RFC 9110 §5.6.3' },
])('trimWhitespace $text: $why', ({ text, trimmed }) => {
  expect(trimWhitespace(text)).toBe(trimmed)
})

test('trimWhitespace: inside the given bounds only', () => {
  expect(trimWhitespace('a;  b ;c', 2, 6)).toBe('b')
})
