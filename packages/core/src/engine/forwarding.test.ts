import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HTTPHeaders } from '../http-headers.ts'
import { TrustedProxies } from './forwarding.ts'

const fields = (...raw: string[]) => new HTTPHeaders(raw)

describe('TrustedProxies', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['192.168.1.77/24', '192.168.1.1', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '::1', false],
    ['::1', '::1', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::/0', '2001:db8::1', true],
    ['127.0.0.1', '', false],
    ['127.0.0.1', 'localhost', false],
  ])('%s, asked by %s: %s', (trusted, peer, counts) => {
    const origin = new TrustedProxies([trusted]).resolve(peer, fields('X-Forwarded-For', '192.0.2.1'))
    expect(origin?.address).toBe(counts ? '192.0.2.1' : undefined)
  })

  test.each([
    '',
    'a',
    '127.0.0',
    '127.0.0.1/33',
    '127.0.0.1/-1',
    '127.0.0.1/',
    '127.0.0.1/8/8',
    '::1/129',
    '[::1]',
    '10.*',
  ])('%j is no address or range', (entry) => {
    expect(() => new TrustedProxies([entry])).toThrow(/xheaders must hold IP addresses and CIDR ranges, got/)
  })

  test('whatever a client writes, the address of an untrusted hop to the left of the last one is never taken', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8'])
    fc.assert(
      fc.property(fc.string(), (spoofed) => {
        const origin = proxies.resolve('10.0.0.1', fields('X-Forwarded-For', `${spoofed}, 192.0.2.1, 10.0.0.2`))
        expect(origin?.address).toBe('192.0.2.1')
      }),
    )
  })

  test('nothing that is written makes it throw, and an address is an address', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8'])
    const name = fc.constantFrom('X-Forwarded-For', 'X-Real-Ip', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 6 }), (lines) => {
        const origin = proxies.resolve('10.0.0.1', fields(...lines.flat()))
        expect([undefined, 'http', 'https']).toContain(origin?.protocol)
        expect(origin?.address ?? '::').toMatch(/^[\da-f.:%]+$/i)
      }),
    )
  })

  test('a field of 100,000 hops is read in linear time', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8'])
    const started = performance.now()
    proxies.resolve('10.0.0.1', fields('X-Forwarded-For', '10.0.0.1,'.repeat(100_000)))
    proxies.resolve('10.0.0.1', fields('Forwarded', 'for=10.0.0.1,'.repeat(100_000)))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
