/**
 * Arguments: `a=1&b=2` from a query or a form body, made into text (Tornado: `parse_qs_bytes`, `decode_argument`).
 *
 * Text is made from bytes in one place, `decodeArgument()`, for query, form, multipart and path alike, and at once
 * for all arguments of a request: whether a request is refused must not hang on which arguments a handler reads.
 */
import { HTTPError } from '../errors.ts'

/** Values by name in the order they came; names and values are plain data, so `__proto__` is a name like any other. */
export type ArgumentMap = Map<string, string[]>

export interface ArgumentLimits {
  /** Most `name=value` pairs. */
  readonly maxFields: number
}

const PERCENT = 0x25
const SHOWN_CHARACTERS = 40 // of a refused value, in the log
const NON_ASCII = /[\u0080-\u{10ffff}]/u
const CONTROLS = /[^\P{Cc}\t-\r\x7f-\x9f]/gu // U+0000 to U+0008 and U+000E to U+001F
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The arguments of a query string or an `application/x-www-form-urlencoded` body, in the order they came.
 *
 * As in Tornado, only `&` separates, `+` is a space, `a` means `a=`, blank values are kept, and an escape that is none
 * (`%zz`) stays as it is.
 *
 * @param input - a body, or a query without its `?` in which each character stands for one byte
 * @throws {@link HTTPError} 400 for a name or value that is not UTF-8, or for more than `maxFields` arguments
 */
export function parseUrlencoded(input: string | Uint8Array, limits: ArgumentLimits): ArgumentMap {
  const text = typeof input === 'string' ? input : asBytes(input).toString('latin1')
  const decode = NON_ASCII.test(text) ? decodeBytes : decodeAscii
  const found: ArgumentMap = new Map()
  let count = 0
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('&', start)
    const end = next === -1 ? text.length : next
    if (end > start) {
      if (++count > limits.maxFields) throw new HTTPError(400, `more than ${limits.maxFields} arguments`)
      const pair = text.slice(start, end)
      const equals = pair.indexOf('=')
      const name = decode(equals === -1 ? pair : pair.slice(0, equals))
      addArgument(found, name, equals === -1 ? '' : decode(pair.slice(equals + 1), name))
    }
    start = end + 1
  }
  return found
}

/** Adds a value behind those that `name` has. */
export function addArgument(to: ArgumentMap, name: string, value: string): void {
  const values = to.get(name)
  if (values === undefined) to.set(name, [value])
  else values.push(value)
}

/**
 * The text of an argument.
 *
 * @param name - whose value it is, for the log; undefined for a name or a part of the path
 * @throws {@link HTTPError} 400 unless the bytes are well-formed UTF-8
 */
export function decodeArgument(bytes: Uint8Array, name?: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    const shown = JSON.stringify(asBytes(bytes.subarray(0, SHOWN_CHARACTERS)).toString('latin1'))
    const owner = name === undefined ? 'url' : JSON.stringify(name.slice(0, SHOWN_CHARACTERS))
    throw new HTTPError(400, `Invalid unicode in ${owner}: ${shown}`, { cause })
  }
}

/** The bytes that `text` stands for, one for each character and one for each `%XX`; other percent signs stay. */
export function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  let length = 0
  for (let i = 0; i < bytes.length; i++, length++) {
    const byte = bytes[i] as number // i is within bounds
    const escaped = byte === PERCENT ? hexDigit(bytes[i + 1]) * 16 + hexDigit(bytes[i + 2]) : Number.NaN
    bytes[length] = Number.isNaN(escaped) ? byte : escaped
    if (!Number.isNaN(escaped)) i += 2
  }
  return bytes.subarray(0, length)
}

/**
 * An argument as handlers get it: control characters other than white space become spaces, then, with `strip`, white
 * space at both ends goes. White space is what Python's `str.strip()` takes: with U+0085, without U+FEFF.
 */
export function cleanArgument(value: string, strip: boolean): string {
  const clean = value.replace(CONTROLS, ' ')
  if (!strip) return clean
  let start = 0
  let end = clean.length
  while (start < end && isSpace(clean.charCodeAt(start))) start++
  while (end > start && isSpace(clean.charCodeAt(end - 1))) end--
  return clean.slice(start, end)
}

/** Most arguments hold nothing to decode, and most others are valid: only what is left takes the way over bytes. */
function decodeAscii(text: string, name?: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return decodeBytes(text, name) // a stray percent sign, which is allowed, or bad UTF-8, which is not
  }
}

function decodeBytes(text: string, name?: string): string {
  return decodeArgument(percentDecode(text.replaceAll('+', ' ')), name)
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20 // lower case
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN
}

function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  return code === 0x85 || (code !== 0xfeff && String.fromCharCode(code).trim() === '')
}

function asBytes(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
