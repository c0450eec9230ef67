/**
 * Dates as HTTP writes them (RFC 9110 §5.6.7): one form to send, three to understand.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)'
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})'

const IMF_FIXDATE = new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`)
const RFC850_DATE = new RegExp(`^${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<shortYear>\\d{2}) ${TIME} GMT$`)
const ASCTIME_DATE = new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`)

/**
 * The date in the only form that may be sent, `Sun, 06 Nov 1994 08:49:37 GMT`; fractions of a second are cut off.
 *
 * @param date - a `Date`, or milliseconds since 1970
 * @throws {@link RangeError} for an invalid date and for a year that does not have four digits
 */
export function formatHTTPDate(date: Date | number): string {
  const moment = typeof date === 'number' ? new Date(date) : date
  const year = moment.getUTCFullYear() // NaN for an invalid date
  if (year >= 0 && year <= 9999) return moment.toUTCString()
  throw new RangeError(`an HTTP date needs a valid date in the years 0 to 9999, got ${String(date)}`)
}

/**
 * Milliseconds since 1970, or `undefined` for text that is no date in one of the three forms.
 *
 * The grammar is taken by the letter, case included, and a date that no calendar has (30 February, 24:00:00) is
 * refused; 23:59:60, a leap second, is the second after it. The name of the day must be one, but is not compared with
 * the date. A year of two digits is the latest one that lies at most 50 years ahead.
 *
 * @param now - milliseconds since 1970, for the rule of two-digit years
 */
export function parseHTTPDate(text: string, now: number = Date.now()): number | undefined {
  const parts = (IMF_FIXDATE.exec(text) ?? RFC850_DATE.exec(text) ?? ASCTIME_DATE.exec(text))?.groups
  if (parts === undefined) return undefined
  const month = MONTHS.indexOf(parts['month'] ?? '')
  const clock = secondsOfDay(Number(parts['hour']), Number(parts['minute']), Number(parts['second']))
  if (clock === undefined) return undefined
  const day = Number(parts['day'])
  if (parts['year'] !== undefined) return timestamp(Number(parts['year']), month, day, clock)
  return timestampOfShortYear(Number(parts['shortYear']), month, day, clock, now)
}

function secondsOfDay(hour: number, minute: number, second: number): number | undefined {
  const leapSecond = hour === 23 && minute === 59 && second === 60
  if (hour > 23 || minute > 59 || (second > 59 && !leapSecond)) return undefined
  return hour * 3600 + minute * 60 + second
}

function timestamp(year: number, month: number, day: number, clock: number): number | undefined {
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month, day) // unlike Date.UTC, takes the years 0 to 99 as they are
  if (midnight.getUTCMonth() !== month || midnight.getUTCDate() !== day) return undefined // rolled over: no such day
  return midnight.getTime() + clock * 1000
}

function timestampOfShortYear(shortYear: number, month: number, day: number, clock: number, now: number) {
  const horizon = new Date(now)
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50)
  const year = Math.floor(horizon.getUTCFullYear() / 100) * 100 + shortYear
  const latest = timestamp(year, month, day, clock)
  if (latest !== undefined && latest <= horizon.getTime()) return latest
  return timestamp(year - 100, month, day, clock)
}
