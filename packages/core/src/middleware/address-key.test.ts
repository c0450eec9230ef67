import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey } from './address-key.ts'

describe('addressKey', () => {
  test.each([
    { address: '192.0.2.1', key: '192.0.2.1', why: 'IPv4 counts by address' },
    { address: '2001:db8::1', key: '2001:db8:0:0::/64', why: 'IPv6 by the first 64 bits' },
    { address: '2001:db8::ffff:ffff:ffff:ffff', key: '2001:db8:0:0::/64', why: 'whatever the rest is' },
    { address: '2001:DB8:0:1:2:3:4:5', key: '2001:db8:0:1::/64', why: 'case does not matter' },
    { address: '::', key: '0:0:0:0::/64', why: 'all zero' },
    { address: '::1', key: '0:0:0:0::/64', why: 'this machine' },
    { address: '1::', key: '1:0:0:0::/64', why: 'zeros at the end' },
    { address: '2001:0db8:0000:0001::', key: '2001:db8:0:1::/64', why: 'leading zeros' },
    { address: 'fe80::1%eth0', key: 'fe80:0:0:0::/64', why: "a zone is the server's own" },
    { address: '::ffff:192.0.2.1', key: '192.0.2.1', why: 'IPv4 mapped to IPv6' },
    { address: '::ffff:c000:201', key: '192.0.2.1', why: 'the same in hexadecimal' },
    { address: '64:ff9b::192.0.2.1', key: '64:ff9b:0:0::/64', why: 'another prefix with IPv4 inside' },
    { address: '', key: '', why: 'a Unix socket' },
    { address: 'proxy.internal', key: 'proxy.internal', why: 'not an address' },
  ])('$address: $key, $why', ({ address, key }) => {
    expect(addressKey(address)).toBe(key)
  })

  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })

  test('property: every spelling of an address gives the same key', () => {
    fc.assert(
      fc.property(groups, fc.boolean(), fc.boolean(), fc.boolean(), (address, upper, padded, short) => {
        fc.pre(address.slice(0, 5).some((group) => group !== 0))
        expect(addressKey(spell(address, { upper, padded, short }))).toBe(addressKey(spell(address, {})))
      }),
    )
  })

  test('property: two addresses have the same key if and only if their first 64 bits are the same', () => {
    const similar = fc.tuple(groups, groups, fc.integer({ min: 0, max: 8 })).map(([a, b, shared]) => [
      [1, ...a.slice(1)],
      [1, ...a.slice(1, shared), ...b.slice(Math.max(shared, 1))],
    ])
    fc.assert(
      fc.property(similar, ([a = [], b = []]) => {
        const same = a.slice(0, 4).join() === b.slice(0, 4).join()
        expect(addressKey(spell(a, {})) === addressKey(spell(b, {}))).toBe(same)
      }),
    )
  })
})

interface Spelling {
  upper?: boolean
  padded?: boolean
  short?: boolean
}

function spell(groups: readonly number[], { upper = false, padded = false, short = false }: Spelling): string {
  const texts = groups.map((group) => group.toString(16).padStart(padded ? 4 : 1, '0'))
  const zero = short ? groups.indexOf(0) : -1
  const text =
    zero < 0 ? texts.join(':') : `${texts.slice(0, zero).join(':')}::${texts.slice(endOfZeros(groups, zero)).join(':')}`
  return upper ? text.toUpperCase() : text
}

function endOfZeros(groups: readonly number[], start: number): number {
  let end = start
  while (groups[end] === 0) end++
  return end
}
