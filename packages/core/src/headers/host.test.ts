import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHost } from './host.ts'

describe('parseHost (RFC 9110 §7.2, RFC 3986 §3.2)', () => {
  test.each([
    { value: 'example.com', hostname: 'example.com', port: undefined, why: 'a name' },
    { value: 'Example.COM', hostname: 'example.com', port: undefined, why: 'lower case' },
    { value: 'localhost:8888', hostname: 'localhost', port: 8888, why: 'a port' },
    { value: 'example.com:', hostname: 'example.com', port: undefined, why: 'an empty port, §3.2.3' },
    { value: 'example.com:0', hostname: 'example.com', port: 0, why: 'port 0 is a number' },
    { value: 'example.com:65535', hostname: 'example.com', port: 65_535, why: 'the highest port' },
    { value: 'example.com:00080', hostname: 'example.com', port: 80, why: 'zeros in front' },
    { value: '127.0.0.1:80', hostname: '127.0.0.1', port: 80, why: 'IPv4' },
    { value: '[::1]', hostname: '[::1]', port: undefined, why: 'IPv6' },
    { value: '[2001:DB8::1]:443', hostname: '[2001:db8::1]', port: 443, why: 'IPv6 with a port' },
    { value: '[::ffff:10.0.0.1]', hostname: '[::ffff:10.0.0.1]', port: undefined, why: 'IPv4 in IPv6' },
    { value: 'my_service', hostname: 'my_service', port: undefined, why: 'an underscore is unreserved' },
    { value: "a!$&'()*+;=~b", hostname: "a!$&'()*+;=~b", port: undefined, why: 'delimiters in a name' },
    { value: 'b%C3%BCcher.example', hostname: 'b%c3%bccher.example', port: undefined, why: 'percent-encoded' },
  ])('$value: $why', ({ value, hostname, port }) => {
    expect(parseHost(value)).toEqual({ hostname, port })
  })

  test.each([
    ['', 'nothing'],
    [':80', 'no name'],
    ['a.com,b.com', 'two fields joined into one'],
    ['a.com, b.com', 'two fields joined into one'],
    ['user@example.com', 'user information'],
    ['example.com/path', 'a path'],
    ['example.com?x', 'a query'],
    ['example.com#x', 'a fragment'],
    ['http://example.com', 'a scheme'],
    ['exa mple.com', 'a space'],
    [' example.com', 'a space in front'],
    ['example.com\\', 'a backslash'],
    ['b\u00fccher.example', 'not ASCII'],
    ['example.com\0', 'a control character'],
    ['100%', 'a percent sign alone'],
    ['%zz', 'no hexadecimal digits'],
    ['example.com:65536', 'a port too high'],
    ['example.com:000080', 'six digits'],
    ['example.com:80a', 'no number'],
    ['example.com:-1', 'a sign'],
    ['example.com:80:80', 'two ports'],
    ['::1', 'IPv6 without brackets'],
    ['[::1', 'a bracket left open'],
    ['::1]', 'a bracket never opened'],
    ['[]', 'no address'],
    ['[::1]80', 'no colon before the port'],
    ['[::g]', 'no address'],
    ['[1.2.3.4]', 'IPv4 in brackets'],
    ['[fe80::1%eth0]', 'a zone'],
    ['[fe80::1%25eth0]', 'a zone, percent-encoded'],
    ['[v1.x]', 'a future kind of address'],
    ['[::1][::1]', 'two addresses'],
  ])('%j: undefined, %s', (value) => {
    expect(parseHost(value)).toBeUndefined()
  })

  test('property: what WHATWG URL makes of a web address, we read back', () => {
    fc.assert(
      fc.property(fc.webAuthority({ withIPv4: true, withIPv6: true, withPort: true }), (authority) => {
        const url = new URL(`ws-x://${authority}`)
        const host = parseHost(authority)
        expect(host?.port ?? null).toBe(url.port === '' ? null : Number(url.port))
        expect(host?.hostname).toBe(authority.replace(/:\d*$/, '').toLowerCase())
      }),
    )
  })

  test('property: any text is a host of legal characters or undefined', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseHost(text)?.hostname ?? 'none').toMatch(/^[!-~]+$/)
      }),
    )
  })
})
