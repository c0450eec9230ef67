/**
 * The text without the spaces and tabs at its ends, which HTTP calls optional whitespace (RFC 9110 §5.6.3).
 *
 * `String.prototype.trim` takes more: U+00A0 for one, which in a field value is half of a character in UTF-8.
 */
export function trimWhitespace(text: string, start: number = 0, end: number = text.length): string {
  return text.slice(skipWhitespace(text, start, end), skipWhitespaceBack(text, start, end))
}

/** The index of the first character from `start` on that is neither space nor tab; `end` if there is none. */
export function skipWhitespace(text: string, start: number, end: number = text.length): number {
  let index = start
  while (index < end && isWhitespace(text.charCodeAt(index))) index += 1
  return index
}

/** The index after the last character before `end` that is neither space nor tab; `start` if there is none. */
export function skipWhitespaceBack(text: string, start: number, end: number): number {
  let index = end
  while (index > start && isWhitespace(text.charCodeAt(index - 1))) index -= 1
  return index
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
