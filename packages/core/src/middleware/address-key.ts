import { isIPv6 } from 'node:net'

/**
 * One text for all addresses that are likely one client's: an IPv4 address itself, of an IPv6 address the first 64 bits, since
 * that is the least that a provider gives a customer (RFC 6177). The same address gives the same text however it is spelt.
 *
 * @example
 * addressKey('2001:db8::1') // '2001:db8:0:0::/64'
 */
export function addressKey(address: string): string {
  const [plain = ''] = address.split('%', 1) // a zone names the server's own interface
  if (!isIPv6(plain)) return address
  const groups = expand(plain)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0]

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function expand(address: string): number[] {
  const [left = '', right] = address.split('::')
  const head = groupsOf(left)
  const tail = groupsOf(right ?? '')
  return [...head, ...ZEROS.slice(head.length + tail.length), ...tail]
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
