import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HubInputError } from './errors.ts'
import { compareMessageIds, newEpoch, parseMessageId } from './message-id.ts'

describe('parseMessageId', () => {
  test.each([
    { id: '0-0', parts: { epoch: '0', sequence: '0' }, why: 'the smallest' },
    { id: '1763712000000-7', parts: { epoch: '1763712000000', sequence: '7' }, why: 'as a Redis stream has it' },
    { id: '18446744073709551615-1', parts: { epoch: '18446744073709551615', sequence: '1' }, why: '20 digits' },
  ])('$id: $why', ({ id, parts }) => {
    expect(parseMessageId(id)).toEqual(parts)
  })

  test.each([
    '',
    '-',
    '1',
    '1-',
    '-1',
    '01-1',
    '1-01',
    '1-1-1',
    ' 1-1',
    '1-1\n',
    '+1-1',
    '1.5-1',
    '١-١',
    `1-${'9'.repeat(21)}`,
  ])('%j: no id', (id) => {
    expect(parseMessageId(id)).toBeUndefined()
  })

  test('a very long text: refused in linear time', () => {
    const start = performance.now()
    expect(parseMessageId('1'.repeat(10_000_000))).toBeUndefined()
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('compareMessageIds', () => {
  test.each([
    { a: '1-1', b: '1-1', order: 0, why: 'the same' },
    { a: '1-2', b: '1-10', order: -1, why: 'numbers, not text' },
    { a: '9-9', b: '10-0', order: -1, why: 'epochs first' },
    { a: '1-18446744073709551615', b: '1-18446744073709551614', order: 1, why: 'beyond what a number holds exactly' },
  ])('$a and $b: $why', ({ a, b, order }) => {
    expect(Math.sign(compareMessageIds(a, b))).toBe(order)
  })

  test('any two ids: ordered as pairs of integers', () => {
    const part = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n })
    const id = fc.tuple(part, part)
    fc.assert(
      fc.property(id, id, ([e1, s1], [e2, s2]) => {
        const order = e1 === e2 ? Number(s1 > s2) - Number(s1 < s2) : e1 > e2 ? 1 : -1
        expect(Math.sign(compareMessageIds(`${e1}-${s1}`, `${e2}-${s2}`))).toBe(order)
      }),
    )
  })

  test('a text that is no id: an error', () => {
    expect(() => compareMessageIds('1-1', 'x')).toThrow(HubInputError)
  })
})

test('newEpoch: an epoch that an id can have, greater than those of a minute ago', () => {
  const epoch = newEpoch()
  expect(parseMessageId(`${epoch}-0`)?.epoch).toBe(epoch)
  expect(compareMessageIds(`${epoch}-0`, `${Date.now() - 60_000}999999-0`)).toBeGreaterThan(0)
})
