import { describe, expect, test } from 'vitest'
import { slotOf } from './redis-slot.ts'

describe('slotOf (Redis cluster specification, as CLUSTER KEYSLOT answers)', () => {
  test.each([
    { name: '123456789', slot: 12_739, why: 'the check value of CRC-16/XMODEM' },
    { name: '', slot: 0, why: 'nothing' },
    { name: 'foo', slot: 12_182, why: 'all of it' },
    { name: 'Grüße 🌀', slot: 4785, why: 'bytes of UTF-8' },
    { name: 'x{foo}y{bar}', slot: 12_182, why: 'what the first braces hold' },
    { name: 'x{{foo}}', slot: 13_308, why: 'up to the first closing brace' },
    { name: 'x{}foo', slot: 11_714, why: 'empty braces are none' },
    { name: 'x}foo{', slot: 10_715, why: 'braces the wrong way round are none' },
  ])('$name: $slot, $why', ({ name, slot }) => {
    expect(slotOf(name)).toBe(slot)
  })
})
