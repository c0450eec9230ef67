/**
 * Media types: the Content-Type field (RFC 9110 §8.3).
 */
import { isToken } from './field-syntax.ts'
import { readParameter } from './parameter.ts'
import { skipWhitespace, trimWhitespace } from './whitespace.ts'

/** `Text/HTML; Charset="utf-8"` is `text/html` with the parameter `charset`, `utf-8`. */
export interface MediaType {
  /** Type and subtype in lower case: `text/html`. */
  readonly type: string
  /** By name in lower case; values as they were sent, without quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * The parts of a media type, or `undefined` if any of it breaks the grammar of RFC 9110 §8.3.1.
 *
 * Empty parameters (`text/html;`) are allowed there; whitespace around the equals sign is not. Of a parameter that
 * comes twice the first counts, as in browsers.
 */
export function parseMediaType(value: string): MediaType | undefined {
  const semicolon = value.indexOf(';')
  const type = trimWhitespace(value, 0, semicolon === -1 ? value.length : semicolon)
  const slash = type.indexOf('/')
  if (slash === -1 || !isToken(type.slice(0, slash)) || !isToken(type.slice(slash + 1))) return undefined
  const parameters = readParameters(value, semicolon === -1 ? value.length : semicolon)
  return parameters && { type: type.toLowerCase(), parameters }
}

/** @param start - where the first semicolon stands, or the end of the text */
function readParameters(text: string, start: number): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  let index = start
  while (index < text.length) {
    if (text[index] !== ';') return undefined
    index = skipWhitespace(text, index + 1)
    if (index === text.length || text[index] === ';') continue
    const parameter = readParameter(text, index)
    if (parameter === undefined) return undefined
    if (!parameters.has(parameter.name)) parameters.set(parameter.name, parameter.value)
    index = skipWhitespace(text, parameter.end)
  }
  return parameters
}
