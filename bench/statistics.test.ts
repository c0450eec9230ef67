import { describe, expect, test } from 'vitest'
import { median, percentile, ratios, spread } from './statistics.ts'

describe('median', () => {
  test.each([
    { values: [3], result: 3, why: 'a single one' },
    { values: [9, 1, 5], result: 5, why: 'the middle one, in whatever order they come' },
    { values: [10, 9, 2, 1], result: 5.5, why: 'the mean of the two in the middle' },
    { values: [1, 1, 1000], result: 1, why: 'an outlier does not move it' },
    { values: [100, 20, 3], result: 20, why: 'numbers are not compared as text' },
  ])('$values: $result, $why', ({ values, result }) => {
    expect(median(values)).toBe(result)
  })

  test('none: an error, since a table must not show a guess', () => {
    expect(() => median([])).toThrow(RangeError)
  })

  test('leaves the values in their order, which is that of the rounds', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('ratios', () => {
  test('formed round by round, so that a slow round for both changes nothing', () => {
    expect(ratios([30, 300, 60], [20, 200, 40])).toEqual({ median: 1.5, min: 1.5, max: 1.5 })
  })

  test('the spread is that of the ratios, not of the figures', () => {
    expect(ratios([10, 10, 10], [5, 10, 20])).toEqual({ median: 1, min: 0.5, max: 2 })
  })

  test('rounds that do not match: an error', () => {
    expect(() => ratios([1, 2], [1])).toThrow('within a round')
  })
})

test('spread: the median between the lowest and the highest', () => {
  expect(spread([4, 1, 7])).toEqual({ median: 4, min: 1, max: 7 })
})

describe('percentile', () => {
  const hundred = () => Float64Array.from({ length: 100 }, (_, i) => 100 - i)

  test.each([
    { share: 0.5, result: 51 },
    { share: 0.99, result: 100 },
    { share: 1, result: 100 },
    { share: 0, result: 1 },
  ])('$share of 1 to 100: $result', ({ share, result }) => {
    expect(percentile(hundred(), share)).toBe(result)
  })

  test('none: an error', () => {
    expect(() => percentile(new Float64Array(), 0.5)).toThrow(RangeError)
  })
})
