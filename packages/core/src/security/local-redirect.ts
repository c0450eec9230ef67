/**
 * Targets of redirects: which stay on this site, how to make one that does, and how to write one in a Location field.
 *
 * Browsers read a target more freely than RFC 3986: they drop tabs and line ends wherever they stand and take a
 * backslash for a slash. So `/\evil.example` and `/<tab>/evil.example` lead to another host just like `//evil.example`.
 */
import { domainToASCII } from 'node:url'
import { percentEncode } from '../headers/percent-encoding.ts'

// All but the reserved and the unreserved characters of RFC 3986 §2.2 and §2.3.
const ILLEGAL = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+|%(?![0-9A-Fa-f]{2})/g
const CONTROL = /\p{Cc}/u
const LOCAL = /^\/(?!\/)[^\\\p{Cc}]*$/u

/**
 * Whether a browser that is sent to `target` is sure to stay on the site.
 *
 * True for a path, with or without query and fragment, that begins with exactly one slash and has no backslash and no
 * control character anywhere. Use it for targets that came with the request, such as the `next` argument of a log-in.
 */
export function isLocalTarget(target: string): boolean {
  return LOCAL.test(target)
}

/**
 * A target on this site, made of a path and query that the framework put together.
 *
 * All slashes and backslashes at the front become one slash (which is added if there is none); backslashes and control
 * characters further on are percent-encoded, as is all that a URL must not hold. Never throws.
 *
 * @example
 * toLocalTarget('//evil.example/x?y=1') // '/evil.example/x?y=1'
 */
export function toLocalTarget(path: string): string {
  return `/${percentEncode(path.replace(/^[/\\]+/, ''), ILLEGAL)}`
}

/**
 * The URL as it may stand in a Location field (RFC 3986 §2): spaces, characters outside ASCII (as UTF-8) and those
 * that no URL may hold are percent-encoded, as is a percent sign that no two hexadecimal digits follow. Escapes that are
 * there stay, so encoding twice changes nothing. A host name outside ASCII gets its ASCII form (`xn--…`).
 *
 * It does not judge where the URL leads; for that there is {@link isLocalTarget}.
 *
 * @throws {@link TypeError} for a control character, which a line end is, and for a host that has no ASCII form
 */
export function encodeRedirectTarget(url: string): string {
  const control = CONTROL.exec(url)
  if (control !== null) {
    const shown = JSON.stringify(url.slice(0, 80))
    throw new TypeError(`a redirect must not hold control characters, got one at index ${control.index} of ${shown}`)
  }
  return percentEncode(withASCIIHost(url), ILLEGAL)
}

/** Replaces the host in `scheme://user@host:port/…` and `//host/…` if it is not ASCII. */
function withASCIIHost(url: string): string {
  const [, before, host, after] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/(?:[^/?#\\]*@)?)([^/?#\\:]*)(.*)$/isu.exec(url) ?? []
  if (before === undefined || host === undefined || after === undefined || !/[^\0-\x7f]/.test(host)) return url
  const ascii = domainToASCII(host)
  if (ascii === '') throw new TypeError(`a redirect must name a valid host, got ${JSON.stringify(host)}`)
  return before + ascii + after
}
