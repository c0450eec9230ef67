/**
 * Tokens and origins against cross-site request forgery, without a server or a handler: what a token is and how it
 * travels (Tornado's format 2), and what the browser's own headers say of where a request comes from.
 */

import { type Host, parseHost } from '../headers/host.ts'
import { crypto } from '../late-modules.ts'

/** What the cookie and the form field both carry, each in its own mask. */
export interface XSRFToken {
  /** 2, or 1 for a token that came without a version. */
  readonly version: number
  readonly token: Buffer
  /** When the token was made, in seconds since 1970; for one without a version, when it was read. */
  readonly timestamp: number
}

const TOKEN_LENGTH = 16 // bytes
const MASK_LENGTH = 4 // bytes
const FORMAT_2 = /^2\|([0-9a-fA-F]{8})\|((?:[0-9a-fA-F]{2})+)\|(\d{1,15})$/
const VERSIONED = /^[1-9]\d*\|/
const HEX = /^(?:[0-9a-fA-F]{2})+$/

/** A new token: 16 random bytes. */
export function createXSRFToken(): XSRFToken {
  return { version: 2, token: crypto().randomBytes(TOKEN_LENGTH), timestamp: unixTime() }
}

/**
 * The token as text, `2|mask|masked token|time`.
 *
 * Each call takes a new random mask, so that the text differs from response to response and a compressed page does not
 * give it away piece by piece (BREACH).
 */
export function encodeXSRFToken(token: XSRFToken): string {
  const mask = crypto().randomBytes(MASK_LENGTH)
  return `2|${mask.toString('hex')}|${applyMask(mask, token.token).toString('hex')}|${token.timestamp}`
}

/**
 * The token in a text from a cookie, a form field or a header, or `undefined` if there is none. Never throws.
 *
 * As in Tornado a text without a version is a token too: its bytes in hexadecimal, or else the text itself. A text with
 * an unknown version is as good as none, and so is an empty token.
 */
export function decodeXSRFToken(text: string): XSRFToken | undefined {
  const [, mask = '', masked = '', timestamp] = FORMAT_2.exec(text) ?? []
  if (timestamp !== undefined) {
    const token = applyMask(Buffer.from(mask, 'hex'), Buffer.from(masked, 'hex'))
    return { version: 2, token, timestamp: Number(timestamp) }
  }
  if (text === '' || VERSIONED.test(text)) return undefined
  return { version: 1, token: Buffer.from(text, HEX.test(text) ? 'hex' : 'utf8'), timestamp: unixTime() }
}

/** Whether both are the same token under whatever masks; takes the same time wherever they differ. */
export function sameXSRFToken(a: XSRFToken, b: XSRFToken): boolean {
  return a.token.length > 0 && a.token.length === b.token.length && crypto().timingSafeEqual(a.token, b.token)
}

function applyMask(mask: Uint8Array, bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index % MASK_LENGTH] ?? 0)))
}

function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}

/** What a request tells of its origin. Fields that did not come are `undefined`. */
export interface RequestOrigin {
  readonly secFetchSite: string | undefined
  readonly origin: string | undefined
  readonly host: string | undefined
  /** `'https'` if the client is known to have used TLS. */
  readonly protocol: string
  /** Origins that may send requests here, each as a browser writes it: `https://app.example.com`. */
  readonly trustedOrigins: readonly string[]
}

/**
 * Whether a page of another site caused the request, by what the browser says of itself.
 *
 * The first rule that applies decides:
 * 1. `Origin` is one of `trustedOrigins` (whole, case ignored): `'same-origin'`. The origin `null` is never trusted.
 * 2. `Sec-Fetch-Site` came: `'same-origin'` if it says `same-origin`, or `none` (the user typed the address), else
 *    `'cross-site'`; a sibling domain (`same-site`) is another site here.
 * 3. `Origin` came: `'same-origin'` if its host and port are those of `Host`, case ignored, where the default port of its
 *    scheme may be left out on either side; else `'cross-site'`, as for `null` and for what is no origin. A page without
 *    TLS is not of the same origin as a request with it; the reverse is allowed, because a proxy may have ended TLS
 *    and not said so.
 * 4. Neither came: `'unknown'`, as with programs that are not browsers; the token has to decide.
 */
export function crossSiteVerdict(request: RequestOrigin): 'same-origin' | 'cross-site' | 'unknown' {
  const { secFetchSite, origin, trustedOrigins } = request
  if (origin !== undefined && isTrusted(origin, trustedOrigins)) return 'same-origin'
  if (secFetchSite !== undefined) {
    return secFetchSite === 'same-origin' || secFetchSite === 'none' ? 'same-origin' : 'cross-site'
  }
  if (origin === undefined) return 'unknown'
  return originMatchesHost(origin, request.host, request.protocol) ? 'same-origin' : 'cross-site'
}

function isTrusted(origin: string, trustedOrigins: readonly string[]): boolean {
  const wanted = origin.toLowerCase()
  return wanted !== 'null' && trustedOrigins.some((trusted) => trusted.toLowerCase() === wanted)
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
])

function originMatchesHost(origin: string, hostField: string | undefined, protocol: string): boolean {
  const [, scheme, authority] = /^(https?):\/\/(.*)$/.exec(origin.toLowerCase()) ?? []
  if (scheme === undefined || (scheme === 'http' && protocol === 'https')) return false
  const page = parseHost(authority ?? '')
  const host = parseHost(hostField ?? '')
  if (page === undefined || host === undefined) return false
  return page.hostname === host.hostname && portOf(page, scheme) === portOf(host, scheme)
}

function portOf(host: Host, scheme: string): number | undefined {
  return host.port ?? DEFAULT_PORTS.get(scheme)
}
