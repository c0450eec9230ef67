/**
 * The Host field, which is also the authority of a URL without user information (RFC 9110 §7.2, RFC 3986 §3.2).
 */
import { isIPv6 } from 'node:net'

/** A host and, if one was named, its port: `[::1]:8888` is `{ hostname: '[::1]', port: 8888 }`. */
export interface Host {
  /** In lower case; an IPv6 address keeps its brackets. */
  readonly hostname: string
  readonly port: number | undefined
}

const PLAIN_NAME = /^[a-z0-9.\-_]+$/ // nearly every Host there is: nothing to decode, nothing to convert
const REGISTERED_NAME = /^(?:[A-Za-z0-9.\-_~!$&'()*+;=]|%[0-9A-Fa-f]{2})+$/
const PORT = /^\d{0,5}$/
const HIGHEST_PORT = 65_535

/**
 * The parts of a Host field, or `undefined` if it is not valid.
 *
 * A name may hold letters, digits, `-._~`, the delimiters `!$&'()*+;=` and `%` with two hexadecimal digits, as RFC 3986
 * §3.2.2 has it, with one exception: a comma is refused, because it shows that two Host fields were joined into one.
 * Refused too are an empty name, anything outside ASCII, user information, an IPv6 address without brackets or with a
 * zone, future kinds of address, a port above 65535 or of more than five digits. An empty port is the same as none.
 */
export function parseHost(value: string): Host | undefined {
  if (PLAIN_NAME.test(value)) return { hostname: value, port: undefined }
  const colon = value.indexOf(':', value.startsWith('[') ? value.indexOf(']') + 1 : 0)
  const name = colon === -1 ? value : value.slice(0, colon)
  const digits = colon === -1 ? '' : value.slice(colon + 1)
  if (!isHostname(name) || !PORT.test(digits) || Number(digits) > HIGHEST_PORT) return undefined
  return { hostname: name.toLowerCase(), port: digits === '' ? undefined : Number(digits) }
}

function isHostname(name: string): boolean {
  if (!name.startsWith('[')) return REGISTERED_NAME.test(name)
  return name.endsWith(']') && !name.includes('%') && isIPv6(name.slice(1, -1))
}
