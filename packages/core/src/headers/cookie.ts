/**
 * Cookies: the Cookie field of a request and the Set-Cookie field of a response (RFC 6265), in Tornado's encoding.
 *
 * Reading follows browsers rather than the grammar, since a server that cuts the field in other places than a browser
 * does can be made to see cookies that were never set. Each function is one pass over the text.
 */
import { formatHTTPDate } from './http-date.ts'
import { skipWhitespace, skipWhitespaceBack } from './whitespace.ts'

/** What a Set-Cookie field says beside name and value (RFC 6265 §4.1.2). An attribute that is absent is not sent. */
export interface CookieAttributes {
  /** Sent to this domain and those below it; without it, to this host alone. */
  domain?: string
  /** Sent below this path, which begins with `/`; without it, below the directory of the request. */
  path?: string
  /** Kept until then: a `Date`, or milliseconds since 1970. `maxAge` overrides it. */
  expires?: Date | number
  /** Kept for so many whole seconds; 0 removes the cookie. */
  maxAge?: number
  /** Out of reach for scripts. */
  httpOnly?: boolean
  /** Sent over secure connections only. */
  secure?: boolean
  /** Whether requests that other sites cause carry it; `'None'` needs `secure`. */
  sameSite?: 'Strict' | 'Lax' | 'None'
  /** Kept apart for each top-level site (CHIPS); needs `secure`. */
  partitioned?: boolean
  /** Which cookies a browser drops last when there are too many. */
  priority?: 'Low' | 'Medium' | 'High'
}

const PLAIN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z:]+$/ // what Python's http.cookies, and so Tornado, takes as name or bare value
const RESERVED: ReadonlySet<string> = new Set(
  'comment domain expires httponly max-age partitioned path samesite secure version'.split(' '),
)

const ATTRIBUTE_TEXT = /^[\x21-\x3a\x3c-\x7e]+$/
const PRIORITIES = ['Low', 'Medium', 'High'] as const
const SAME_SITE = ['Strict', 'Lax', 'None'] as const

// ── Cookie ──

/**
 * The cookies of a Cookie field by name, in an object without a prototype.
 *
 * The field is cut at every semicolon, even inside quotes, and each piece at its first equals sign; spaces and tabs
 * around both parts are dropped. A value in quotes loses them, and its escapes (`\073`, `\"`) are undone. Of two
 * cookies with one name the last wins. Names that Tornado does not take (with a space, a bracket, a slash, or that of
 * an attribute, such as `path`) are left out. Percent signs mean nothing. No text is an error.
 */
export function parseCookies(value: string): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null) // so that a cookie named __proto__ is plain data
  forEachPair(value, (nameStart, nameEnd, start, end) => {
    const name = value.slice(nameStart, nameEnd)
    if (isCookieName(name)) cookies[name] = unquote(value.slice(start, end))
  })
  return cookies
}

/** What `parseCookies(value)[name]` is, found without reading the other cookies. */
export function readCookie(value: string, name: string): string | undefined {
  if (!value.includes(name) || !isCookieName(name)) return undefined
  let found: string | undefined
  forEachPair(value, (nameStart, nameEnd, start, end) => {
    if (nameEnd - nameStart === name.length && value.startsWith(name, nameStart)) found = value.slice(start, end)
  })
  return found === undefined ? undefined : unquote(found)
}

type PairVisitor = (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void

function forEachPair(text: string, visit: PairVisitor): void {
  let equals = -1
  for (let start = 0, end: number; start < text.length; start = end + 1) {
    end = text.indexOf(';', start)
    if (end === -1) end = text.length
    if (equals < start) equals = text.indexOf('=', start) // kept over pieces without one, or this would be quadratic
    if (equals === -1) return
    if (equals > end) continue
    const nameStart = skipWhitespace(text, start, equals)
    const valueStart = skipWhitespace(text, equals + 1, end)
    visit(nameStart, skipWhitespaceBack(text, nameStart, equals), valueStart, skipWhitespaceBack(text, valueStart, end))
  }
}

function isCookieName(name: string): boolean {
  return PLAIN.test(name) && !RESERVED.has(name.toLowerCase())
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  const inner = value.slice(1, -1)
  if (!inner.includes('\\')) return inner
  return inner.replace(/\\(?:([0-3][0-7]{2})|(.))/gs, (_, octal?: string, character?: string) => {
    return octal === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(octal, 8))
  })
}

// ── Set-Cookie ──

/**
 * The value of a Set-Cookie field.
 *
 * As in Tornado a value with special characters is put in quotes, with octal escapes for what a cookie cannot hold:
 * `a;b` is sent as `"a\073b"`, `é` as `"\351"`. {@link parseCookies} undoes that; scripts in the browser see it as it
 * is, so encode what they are to read with `encodeURIComponent`, as also characters above U+00FF.
 *
 * @param name - letters, digits and the other characters of a token, and colons; no attribute's name
 * @throws {@link TypeError} if a part holds what it must not, for an attribute that does not exist, for
 *   `sameSite: 'None'` or `partitioned` without `secure`, and for a `__Secure-` or `__Host-` name without what it promises
 *   (`secure`; also `path: '/'` and no `domain`)
 * @throws {@link RangeError} if `expires` is no valid date
 *
 * @example
 * serializeCookie('theme', 'dark', { path: '/', maxAge: 3600 }) // 'theme=dark; Max-Age=3600; Path=/'
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes = {}): string {
  checkName(name)
  checkCombination(name, attributes)
  return `${name}=${quoteValue(name, value)}${serializeAttributes(attributes)}`
}

function checkName(name: string): void {
  if (isCookieName(name)) return
  const reason = RESERVED.has(name.toLowerCase()) ? 'is the name of an attribute' : 'must be a token (colons allowed)'
  throw new TypeError(`cookie name ${JSON.stringify(name)} ${reason}`)
}

function quoteValue(name: string, value: string): string {
  if (PLAIN.test(value)) return value
  const refused = /[^\x21-\xff]/.exec(value)?.[0]
  if (refused !== undefined) {
    const advice = 'encode spaces, control characters and those above U+00FF, for example with encodeURIComponent'
    throw new TypeError(`cookie ${name}: its value must not hold ${JSON.stringify(refused)}; ${advice}`)
  }
  return `"${value.replace(/[",;\\\x7f-\xff]/g, escapeCharacter)}"`
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
}

// In the order in which Tornado sends them. `undefined` is as good as absent: objects are often spread together.
function serializeAttributes(attributes: CookieAttributes): string {
  const { domain, expires, httpOnly, maxAge, partitioned, path, priority, sameSite, secure, ...unknown } = attributes
  checkNoOthers(unknown)
  let text = ''
  if (domain !== undefined) text += `; Domain=${checkedText('domain', domain)}`
  if (expires !== undefined) text += `; expires=${formatHTTPDate(expires)}`
  if (httpOnly) text += '; HttpOnly'
  if (maxAge !== undefined) text += `; Max-Age=${checkedMaxAge(maxAge)}`
  if (partitioned) text += '; Partitioned'
  if (path !== undefined) text += `; Path=${checkedPath(path)}`
  if (priority !== undefined) text += `; Priority=${checkedWord('priority', priority, PRIORITIES)}`
  if (sameSite !== undefined) text += `; SameSite=${checkedWord('sameSite', sameSite, SAME_SITE)}`
  return secure ? `${text}; Secure` : text
}

function checkNoOthers(unknown: object): void {
  for (const name in unknown) {
    throw new TypeError(`a cookie has no attribute ${JSON.stringify(name)}; see CookieAttributes`)
  }
}

function checkedText(attribute: string, value: string): string {
  if (typeof value === 'string' && ATTRIBUTE_TEXT.test(value)) return value
  throw new TypeError(`cookie attribute ${attribute} must be visible ASCII without semicolons, got ${show(value)}`)
}

function checkedPath(path: string): string {
  if (checkedText('path', path).startsWith('/')) return path
  throw new TypeError(`cookie attribute path must begin with a slash, or browsers ignore it, got ${show(path)}`)
}

function checkedMaxAge(seconds: number): number {
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds
  throw new TypeError(`cookie attribute maxAge must be a whole number of seconds from 0 on, got ${show(seconds)}`)
}

function checkedWord<T extends string>(attribute: string, word: T, allowed: readonly T[]): T {
  if (allowed.includes(word)) return word
  throw new TypeError(`cookie attribute ${attribute} must be one of ${allowed.join(', ')}, got ${show(word)}`)
}

/** Browsers drop without a word a cookie that breaks these rules. */
function checkCombination(name: string, attributes: CookieAttributes): void {
  const { secure = false, sameSite, partitioned = false, path, domain } = attributes
  const prefix = /^__(?:secure|host)-/i.exec(name)?.[0].toLowerCase()
  if (prefix === '__host-' && (path !== '/' || domain !== undefined)) {
    throw new TypeError(`cookie ${name}: the prefix __Host- needs path '/' and no domain`)
  }
  if (secure) return
  if (prefix !== undefined)
    throw new TypeError(`cookie ${name}: the prefix ${name.slice(0, prefix.length)} needs secure`)
  if (sameSite === 'None') throw new TypeError(`cookie ${name}: sameSite 'None' needs secure`)
  if (partitioned) throw new TypeError(`cookie ${name}: partitioned needs secure`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
