import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatHTTPDate, parseHTTPDate } from './http-date.ts'

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37) // of RFC 9110 §5.6.7
const IN_2026 = Date.UTC(2026, 5, 15)

describe('formatHTTPDate (RFC 9110 §5.6.7)', () => {
  test.each([
    { date: EXAMPLE, text: 'Sun, 06 Nov 1994 08:49:37 GMT', why: 'milliseconds' },
    { date: new Date(EXAMPLE), text: 'Sun, 06 Nov 1994 08:49:37 GMT', why: 'a Date' },
    { date: EXAMPLE + 999, text: 'Sun, 06 Nov 1994 08:49:37 GMT', why: 'fractions are cut off' },
    { date: 0, text: 'Thu, 01 Jan 1970 00:00:00 GMT', why: '0 is a moment, not a missing value' },
    { date: Date.UTC(9999, 11, 31), text: 'Fri, 31 Dec 9999 00:00:00 GMT', why: 'the last year of four digits' },
  ])('$date: $why', ({ date, text }) => {
    expect(formatHTTPDate(date)).toBe(text)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, new Date('x'), Date.UTC(10_000, 0, 1), Date.UTC(-1, 0, 1)])(
    '%s: a RangeError',
    (date) => {
      expect(() => formatHTTPDate(date)).toThrow(RangeError)
    },
  )
})

describe('parseHTTPDate (RFC 9110 §5.6.7)', () => {
  test.each([
    { text: 'Sun, 06 Nov 1994 08:49:37 GMT', time: EXAMPLE, why: 'IMF-fixdate' },
    { text: 'Sunday, 06-Nov-94 08:49:37 GMT', time: EXAMPLE, why: 'rfc850-date' },
    { text: 'Sun Nov  6 08:49:37 1994', time: EXAMPLE, why: 'asctime-date, a day of one digit' },
    { text: 'Wed Nov 16 08:49:37 1994', time: EXAMPLE + 864e6, why: 'asctime-date, a day of two digits' },
    { text: 'Mon, 06 Nov 1994 08:49:37 GMT', time: EXAMPLE, why: 'the name of the day is not compared' },
    { text: 'Thu, 29 Feb 2024 00:00:00 GMT', time: Date.UTC(2024, 1, 29), why: 'a leap year' },
    { text: 'Sat, 31 Dec 2016 23:59:60 GMT', time: Date.UTC(2017, 0, 1), why: 'a leap second' },
    { text: 'Sat, 01 Jan 0099 00:00:00 GMT', time: Date.parse('0099-01-01T00:00:00Z'), why: 'the year 99, not 1999' },
  ])('$text: $why', ({ text, time }) => {
    expect(parseHTTPDate(text, IN_2026)).toBe(time)
  })

  test.each([
    { year: '26', full: 2026, why: 'this year' },
    { year: '76', full: 2076, why: 'at most 50 years ahead' },
    { year: '77', full: 1977, why: 'more than 50 years ahead' },
    { year: '00', full: 2000, why: 'zero is a year' },
  ])('a two-digit year $year in 2026: $full, $why', ({ year, full }) => {
    expect(parseHTTPDate(`Monday, 15-Jun-${year} 00:00:00 GMT`, IN_2026)).toBe(Date.UTC(full, 5, 15))
  })

  test('a two-digit year, one second more than 50 years ahead: the past', () => {
    expect(parseHTTPDate('Monday, 15-Jun-76 00:00:01 GMT', IN_2026)).toBe(Date.UTC(1976, 5, 15, 0, 0, 1))
  })

  test('a two-digit year at the end of a century: the next one, if it is near', () => {
    expect(parseHTTPDate('Friday, 01-Jan-01 00:00:00 GMT', Date.UTC(2099, 0, 1))).toBe(Date.UTC(2101, 0, 1))
  })

  test.each([
    ['', 'nothing'],
    ['Sun, 06 Nov 1994 08:49:37', 'no zone'],
    ['Sun, 06 Nov 1994 08:49:37 UTC', 'another zone'],
    ['Sun, 06 Nov 1994 08:49:37 +0000', 'an offset'],
    ['sun, 06 nov 1994 08:49:37 gmt', 'case matters'],
    ['Sun,  06 Nov 1994 08:49:37 GMT', 'one space each'],
    ['Sun, 6 Nov 1994 08:49:37 GMT', 'two digits for the day'],
    ['Sun, 06 Nov 94 08:49:37 GMT', 'four digits for the year'],
    ['Xxx, 06 Nov 1994 08:49:37 GMT', 'no day of the week'],
    ['Sun, 30 Feb 2024 00:00:00 GMT', 'no such day'],
    ['Wed, 29 Feb 2023 00:00:00 GMT', 'no leap year'],
    ['Sun, 00 Nov 1994 08:49:37 GMT', 'no day 0'],
    ['Sun, 06 Nov 1994 24:00:00 GMT', 'no hour 24'],
    ['Sun, 06 Nov 1994 08:60:00 GMT', 'no minute 60'],
    ['Sun, 06 Nov 1994 08:49:60 GMT', 'a leap second at midnight only'],
    ['Sun, 06 Nov 1994 08:49:37 GMT; length=1', 'something behind it'],
    ['1994-11-06T08:49:37Z', 'ISO 8601'],
    ['784111777', 'a number'],
    ['Sun, 06 Nov \u0661\u0669\u0669\u0664 08:49:37 GMT', 'digits of another script'],
  ])('%j: undefined, %s', (text) => {
    expect(parseHTTPDate(text)).toBeUndefined()
  })

  test('property: every second of the years 0 to 9999 survives formatting', () => {
    const seconds = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z') / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        expect(parseHTTPDate(formatHTTPDate(second * 1000))).toBe(second * 1000)
      }),
    )
  })

  test('property: any text is a date or undefined', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseHTTPDate(text)).toBeUndefined()
      }),
    )
  })
})
