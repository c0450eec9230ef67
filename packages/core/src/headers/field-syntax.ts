/**
 * The characters that a field name, a field value and a reason phrase may hold (RFC 9110 §5, RFC 9112 §4).
 *
 * These checks run for every field of every response, so each is one pass without a copy; the work of explaining
 * what is wrong is done only when something is.
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NOT_IN_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const NOT_IN_REASON = /[^\t\x20-\x3b\x3d-\x7e\x80-\xff]/

/** Whether `text` is a token (RFC 9110 §5.6.2): one or more letters, digits and `!#$%&'*+-.^_`, backquote, `|~`. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Refuses a field name that is not a token (RFC 9110 §5.1).
 *
 * @throws {@link TypeError} that names the field and shows the character that is in the way
 */
export function checkFieldName(name: string): void {
  if (TOKEN.test(name)) return
  if (name === '') throw new TypeError('a field name must not be empty')
  throw new TypeError(`field name ${quote(name)}: ${offender(name, NOT_IN_TOKEN)} is not allowed in a token`)
}

/**
 * Refuses a field value that could end the field or that cannot be sent: any control character but a tab, and any
 * character above U+00FF (RFC 9110 §5.5). The characters U+0080 to U+00FF leave as one byte each.
 *
 * @param name - used in the message only
 * @throws {@link TypeError} that names the field and shows the character that is in the way
 */
export function checkFieldValue(name: string, value: string): void {
  if (!NOT_IN_VALUE.test(value)) return
  throw new TypeError(`field ${quote(name)}: its value must not hold ${offender(value, NOT_IN_VALUE)}${advice(value)}`)
}

/**
 * Refuses a reason phrase that could end the status line (RFC 9112 §4), and one with `<`, because error pages show it.
 *
 * @throws {@link TypeError} that shows the character that is in the way
 */
export function checkReasonPhrase(text: string): void {
  if (!NOT_IN_REASON.test(text)) return
  throw new TypeError(`a reason phrase must not hold ${offender(text, NOT_IN_REASON)}`)
}

function advice(value: string): string {
  return /[^\0-\xff]/.test(value) ? '; encode characters above U+00FF, for example with encodeURIComponent' : ''
}

function offender(text: string, illegal: RegExp): string {
  const index = text.search(illegal)
  return `${escapeCharacter(text.codePointAt(index) ?? 0)} (at index ${index})`
}

const LONGEST_QUOTE = 80 // characters of a name that a message shows

function quote(text: string): string {
  let shown = ''
  for (const character of text.slice(0, LONGEST_QUOTE)) {
    const code = character.codePointAt(0) ?? 0
    shown += code < 0x20 || code > 0x7e ? escapeCharacter(code) : character
  }
  return `"${shown}${text.length > LONGEST_QUOTE ? '…' : ''}"`
}

/** As JavaScript would write it in a string: `\x0a`, `\u20ac`, `\u{1f600}`; a visible ASCII character as itself in quotes. */
function escapeCharacter(code: number): string {
  if (code > 0x20 && code < 0x7f) return `'${String.fromCharCode(code)}'`
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}
