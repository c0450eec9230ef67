import { describe, expect, test } from 'vitest'
import { type FormatDateOptions, formatDate, formatDay } from './date-format.ts'
import { Formatters } from './formatters.ts'

const now = Date.UTC(2024, 5, 14, 15, 30) // a Friday
const english = new Formatters('en-US')
const format = (date: number, options: FormatDateOptions = {}, formatters = english): string =>
  formatDate(formatters, date, { now, ...options })
    .replaceAll(/\u202F|\u00A0/g, ' ')
    .replace(/,? at /, ' ') // where versions of ICU differ

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('formatDate (Tornado: format_date)', () => {
  test.each<{ ago: number; text: string; options?: FormatDateOptions; why: string }>([
    { ago: 0, text: 'now', why: 'this very second' },
    { ago: -30 * SECOND, text: 'now', why: 'less than a minute ahead is a clock that is off' },
    { ago: 2 * SECOND, text: '2 seconds ago', why: 'seconds' },
    { ago: 49 * SECOND, text: '49 seconds ago', why: 'seconds' },
    { ago: 50 * SECOND, text: '1 minute ago', why: 'minutes from 50 seconds on' },
    { ago: 49 * MINUTE, text: '49 minutes ago', why: 'minutes' },
    { ago: 50 * MINUTE, text: '1 hour ago', why: 'hours from 50 minutes on' },
    { ago: DAY - 1, text: '24 hours ago', why: 'hours' },
    { ago: DAY, text: 'yesterday, 3:30 PM', why: 'the day before' },
    { ago: DAY, text: 'yesterday', options: { shorter: true }, why: 'without the time' },
    { ago: DAY, text: 'Thursday 3:30 PM', options: { relative: false }, why: 'by its name' },
    { ago: DAY + 16 * HOUR, text: 'Wednesday 11:30 PM', why: 'less than two days, but the day before yesterday' },
    { ago: 4 * DAY, text: 'Monday 3:30 PM', why: 'the day of the week' },
    { ago: 4 * DAY, text: 'Monday', options: { shorter: true }, why: 'the day of the week alone' },
    { ago: 5 * DAY, text: 'June 9 3:30 PM', why: 'the date' },
    { ago: 5 * DAY, text: 'June 9', options: { shorter: true }, why: 'the date alone' },
    { ago: 334 * DAY, text: 'July 16, 2023 3:30 PM', why: 'with its year' },
    { ago: 334 * DAY, text: 'July 16, 2023', options: { shorter: true }, why: 'with its year, without the time' },
    { ago: HOUR, text: '2:30 PM', options: { relative: false }, why: 'the same day' },
    { ago: HOUR, text: 'June 14, 2024 2:30 PM', options: { fullFormat: true }, why: 'in full when asked for' },
    { ago: -2 * DAY, text: 'June 16, 2024 3:30 PM', why: 'the future in full' },
    { ago: HOUR, text: '4:30 PM', options: { relative: false, timeZone: 'Europe/Berlin' }, why: 'in a time zone' },
    {
      ago: 10 * HOUR,
      text: '12:30 AM',
      options: { relative: false, timeZone: 'Asia/Tokyo', now: now + 10 * HOUR },
      why: 'days begin with the zone',
    },
  ])('$ago ms, $options: $text ($why)', ({ ago, text, options = {} }) => {
    const reference = Number(options.now ?? now)
    expect(format(reference - ago, options)).toBe(text)
  })

  test.each([
    { language: 'es', text: 'hace 3 minutos' },
    { language: 'ru', text: '3 минуты назад' },
    { language: 'ar', text: 'قبل 3 دقائق' },
  ])('$language', ({ language, text }) => {
    expect(format(now - 3 * MINUTE, {}, new Formatters(language))).toBe(text)
  })

  test('a calendar and numerals of its own do not upset the count of days', () => {
    expect(format(now - DAY, { shorter: true }, new Formatters('fa-IR'))).toBe('دیروز')
    expect(format(now - DAY, { shorter: true }, new Formatters('ar-EG-u-nu-arab'))).toBe('أمس')
  })

  test('no date: a RangeError', () => {
    expect(() => format(Number.NaN)).toThrow(RangeError)
    expect(() => format(now, { fullFormat: true, timeZone: 'Nowhere' })).toThrow(RangeError)
  })
})

describe('formatDay (Tornado: format_day)', () => {
  test('with and without the day of the week', () => {
    expect(formatDay(english, now)).toBe('Friday, June 14')
    expect(formatDay(english, now, { weekday: false })).toBe('June 14')
    expect(formatDay(english, now, { timeZone: 'Pacific/Kiritimati' })).toBe('Saturday, June 15')
  })
})

describe('Formatters', () => {
  test('made once for the same options, and no more than a hundred are kept', () => {
    const formatters = new Formatters('en')
    const made = Array.from({ length: 101 }, (_, digits) =>
      formatters.number({
        minimumFractionDigits: digits % 20,
        maximumFractionDigits: 20,
        minimumIntegerDigits: 1 + Math.floor(digits / 20),
      }),
    )
    expect(formatters.number({ minimumFractionDigits: 0, maximumFractionDigits: 20, minimumIntegerDigits: 1 })).toBe(
      made[0],
    )
    expect(
      formatters.number({ minimumFractionDigits: 0, maximumFractionDigits: 20, minimumIntegerDigits: 6 }),
    ).not.toBe(made[100])
  })
})
