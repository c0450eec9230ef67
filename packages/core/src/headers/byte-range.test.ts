import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseByteRanges } from './byte-range.ts'

const SIZE = 1000 // bytes in the representation

describe('parseByteRanges, one range (RFC 9110 §14.1.2)', () => {
  test.each([
    { value: 'bytes=0-0', range: { start: 0, end: 0 }, why: 'the first byte alone' },
    { value: 'bytes=0-', range: { start: 0, end: 999 }, why: 'from the first byte on' },
    { value: 'bytes=999-', range: { start: 999, end: 999 }, why: 'the last byte' },
    { value: 'bytes=-10', range: { start: 990, end: 999 }, why: 'a suffix, the last ten' },
    { value: 'bytes=-2000', range: { start: 0, end: 999 }, why: 'a suffix longer than the representation' },
    { value: 'bytes=990-5000', range: { start: 990, end: 999 }, why: 'an end past the representation' },
    { value: 'bytes=0-18446744073709551615', range: { start: 0, end: 999 }, why: 'an end of 20 digits' },
    { value: `bytes=0-${'9'.repeat(5000)}`, range: { start: 0, end: 999 }, why: 'an end of 5000 digits' },
    { value: `bytes=-${'9'.repeat(5000)}`, range: { start: 0, end: 999 }, why: 'a suffix of 5000 digits' },
    { value: 'bytes=007-008', range: { start: 7, end: 8 }, why: 'zeros in front' },
    { value: 'Bytes=1-2', range: { start: 1, end: 2 }, why: 'unit names ignore case, §14.1' },
    { value: 'bytes=,1-2 ,\t,', range: { start: 1, end: 2 }, why: 'empty members, §5.6.1.2' },
  ])('$value: $why', ({ value, range }) => {
    expect(parseByteRanges(value, SIZE)).toEqual([range])
  })

  test.each([
    ['bytes=1000-', 'begins after the end'],
    ['bytes=1000-2000', 'lies after the end'],
    ['bytes=-0', 'a suffix of nothing'],
    [`bytes=${'9'.repeat(400)}-`, 'begins past any number'],
    ['bytes=1000-,2000-3000,-0', 'none of several'],
  ])('%s: unsatisfiable, %s', (value) => {
    expect(parseByteRanges(value, SIZE)).toBe('unsatisfiable')
  })

  test.each(['bytes=0-', 'bytes=0-0', 'bytes=-1'])('%s of an empty representation: unsatisfiable', (value) => {
    expect(parseByteRanges(value, 0)).toBe('unsatisfiable')
  })

  test.each([
    ['', 'nothing'],
    ['bytes', 'no equals sign'],
    ['bytes=', 'no range'],
    ['bytes=,', 'empty members only'],
    ['bytes=-', 'no number'],
    ['bytes=5', 'no hyphen, which Tornado takes for 5-'],
    ['bytes=5-4', 'first after last, §14.1.1'],
    ['bytes=0-1,5-4', 'one bad range spoils the field'],
    ['bytes=2000-1000', 'first after last, both past the end'],
    ['bytes=a-b', 'no digits'],
    ['bytes=+1-2', 'a sign'],
    ['bytes=1_0-1_2', 'underscores'],
    ['bytes=0x1-0x2', 'hexadecimal'],
    ['bytes=1.0-2', 'a fraction'],
    ['bytes=1e1-20', 'an exponent'],
    ['bytes=\u0661-\u0662', 'digits of another script'],
    ['bytes=1 -2', 'a space inside'],
    ['bytes= 1-2', 'a space after the equals sign'],
    ['bytes =1-2', 'a space before it'],
    ['bytes=1-2-3', 'two hyphens'],
    ['bytes=--1', 'a negative suffix'],
    ['items=0-5', 'an unknown unit, §14.2'],
    ['bytes:0-5', 'a colon'],
  ])('%j: ignored, %s', (value) => {
    expect(parseByteRanges(value, SIZE)).toBeUndefined()
  })
})

describe('parseByteRanges, several ranges (RFC 9110 §14.2)', () => {
  test.each([
    {
      value: 'bytes=0-0,-1',
      ranges: [
        [0, 0],
        [999, 999],
      ],
      why: 'first and last byte, the example of §14.1.2',
    },
    {
      value: 'bytes=500-600, 0-99',
      ranges: [
        [500, 600],
        [0, 99],
      ],
      why: 'the order of the field is kept',
    },
    {
      value: 'bytes=0-9\t,  10-19',
      ranges: [
        [0, 9],
        [10, 19],
      ],
      why: 'neighbours do not overlap',
    },
    { value: 'bytes=0-9,1000-', ranges: [[0, 9]], why: 'what cannot be satisfied is left out' },
  ])('$value: $why', ({ value, ranges }) => {
    expect(parseByteRanges(value, SIZE)).toEqual(ranges.map(([start, end]) => ({ start, end })))
  })

  test.each(['bytes=0-9,9-19', 'bytes=5-9,0-', 'bytes=0-,0-,0-', 'bytes=0-99,-950'])(
    '%s: overlap, ignored',
    (value) => {
      expect(parseByteRanges(value, SIZE)).toBeUndefined()
    },
  )

  const sixteen = Array.from({ length: 16 }, (_, index) => `${index * 2}-${index * 2}`)

  test('16 ranges: taken', () => {
    expect(parseByteRanges(`bytes=${sixteen.join(',')}`, SIZE)).toHaveLength(16)
  })

  test('17 ranges: ignored', () => {
    expect(parseByteRanges(`bytes=${sixteen.join(',')},900-`, SIZE)).toBeUndefined()
  })

  test('17 members, all but one empty: ignored', () => {
    expect(parseByteRanges(`bytes=${','.repeat(16)}0-1`, SIZE)).toBeUndefined()
  })

  test('maxRanges: 1 takes one range and no two', () => {
    expect(parseByteRanges('bytes=0-1', SIZE, { maxRanges: 1 })).toEqual([{ start: 0, end: 1 }])
    expect(parseByteRanges('bytes=0-1,3-4', SIZE, { maxRanges: 1 })).toBeUndefined()
  })

  const position = fc.nat({ max: 30 })
  const spec = fc.oneof(
    fc.tuple(position, position).map(([first, last]) => `${first}-${last}`),
    position.map((first) => `${first}-`),
    position.map((length) => `-${length}`),
  )

  test('property: every range lies inside, none overlap, and each byte asked for is in one', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), fc.nat({ max: 25 }), (specs, size) => {
        const ranges = parseByteRanges(`bytes=${specs.join(',')}`, size)
        if (ranges === undefined) return
        const given = ranges === 'unsatisfiable' ? [] : ranges.flatMap(bytesOf)
        expect(given.every((byte) => byte >= 0 && byte < size)).toBe(true)
        expect(new Set(given).size).toBe(given.length)
        expect(new Set(given)).toEqual(bytesAskedFor(specs, size))
      }),
      { numRuns: 1000 },
    )
  })
})

function bytesOf({ start, end }: { start: number; end: number }): number[] {
  return Array.from({ length: end - start + 1 }, (_, index) => start + index)
}

/** By asking each byte in turn whether some range means it. */
function bytesAskedFor(specs: readonly string[], size: number): Set<number> {
  const bytes = Array.from({ length: size }, (_, index) => index)
  return new Set(bytes.filter((byte) => specs.some((spec) => means(spec, byte, size))))
}

function means(spec: string, byte: number, size: number): boolean {
  const [first, last] = spec.split('-')
  if (first === '') return byte >= size - Number(last)
  return byte >= Number(first) && (last === '' || byte <= Number(last))
}
