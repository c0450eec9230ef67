/**
 * Media types: the Content-Type field (RFC 9110 §8.3).
 */
import { isToken } from './field-syntax.ts'
import { readParameters } from './parameter.ts'
import { trimWhitespace } from './whitespace.ts'

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
  const parameters = new Map<string, string>()
  const isWhole = readParameters(value, semicolon === -1 ? value.length : semicolon, ({ name, value: text }) => {
    if (!parameters.has(name)) parameters.set(name, text)
    return true
  })
  return isWhole ? { type: type.toLowerCase(), parameters } : undefined
}

/** A content type without its parameters, in lower case, whether or not it is well-formed. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(';')
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}
