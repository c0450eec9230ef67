/**
 * Parameters, `name=value` after a semicolon, as several fields have them (RFC 9110 §5.6.6, RFC 7239 §4).
 */

import { skipWhitespace } from './whitespace.ts'

/** One parameter, and the index in the text where the next thing begins. */
export interface Parameter {
  /** In lower case, since names ignore case. */
  readonly name: string
  /** Without quotes and backslashes, if it was a quoted string (RFC 9110 §5.6.4). */
  readonly value: string
  readonly end: number
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const PLAIN = '[\\t\\x20!\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]*' // in quotes, without quote and backslash
const QUOTED = `"(${PLAIN}(?:\\\\[\\t\\x20-\\x7e\\x80-\\xff]${PLAIN})*)"`
const PARAMETER = new RegExp(`(${TOKEN})=(?:(${TOKEN})|${QUOTED})`, 'y') // tried at one index, never searched for

/** The parameter that begins at `start`, or `undefined` if none does. */
export function readParameter(text: string, start: number): Parameter | undefined {
  PARAMETER.lastIndex = start
  const [, name, token, quoted = ''] = PARAMETER.exec(text) ?? []
  if (name === undefined) return undefined
  return { name: name.toLowerCase(), value: token ?? quoted.replace(/\\(.)/g, '$1'), end: PARAMETER.lastIndex }
}

/**
 * Passes on the parameters that follow a value, one by one; empty ones (`text/html;`) are skipped.
 *
 * @param start - where the first semicolon stands, or the end of the text
 * @param take - returns false when it has enough: what follows is then not looked at
 * @returns false if something is no parameter
 */
export function readParameters(text: string, start: number, take: (parameter: Parameter) => boolean): boolean {
  let index = start
  while (index < text.length) {
    if (text[index] !== ';') return false
    index = skipWhitespace(text, index + 1)
    if (index === text.length || text[index] === ';') continue
    const parameter = readParameter(text, index)
    if (parameter === undefined) return false
    if (!take(parameter)) return true
    index = skipWhitespace(text, parameter.end)
  }
  return true
}
