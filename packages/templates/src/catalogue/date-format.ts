import type { Formatters } from './formatters.ts'

/** Options of `Locale.formatDate()`. */
export interface FormatDateOptions {
  /** Say how long ago it was, on the same day (`3 minutes ago`) and the day before. @defaultValue true */
  relative?: boolean
  /** Leave out the time of day where a date is given. @defaultValue false */
  shorter?: boolean
  /** Always the full date. @defaultValue false */
  fullFormat?: boolean
  /** An IANA time zone such as `Europe/Berlin`. @defaultValue 'UTC' */
  timeZone?: string
  /** The moment to which the date is compared. @defaultValue now */
  now?: Date | number
}

/** Options of `Locale.formatDay()`. */
export interface FormatDayOptions {
  /** Name the day of the week. @defaultValue true */
  weekday?: boolean
  /** An IANA time zone such as `Europe/Berlin`. @defaultValue 'UTC' */
  timeZone?: string
}

const MINUTE = 60 // seconds
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const CLOCK_SKEW = MINUTE // a date that is less in the future is taken for now
const ONE_WEEK_NAME = 5 // days; after fewer, the day of the week says which one is meant
const MOST_OF_A_YEAR = 334 // days; after fewer, the year goes without saying

const TIME = { hour: 'numeric', minute: '2-digit' } as const
const MONTH_AND_DAY = { month: 'long', day: 'numeric' } as const

/** A date as Tornado's `format_date` words it, the more exact the longer ago it is. */
export function formatDate(formatters: Formatters, date: Date | number, options: FormatDateOptions = {}): string {
  const { relative = true, shorter = false, fullFormat = false, timeZone = 'UTC', now = Date.now() } = options
  const seconds = (Number(now) - Number(date)) / 1000
  const time = shorter ? {} : TIME
  if (fullFormat || seconds < -CLOCK_SKEW || !Number.isFinite(seconds)) return full()
  if (relative && seconds < DAY) return ago(formatters, Math.max(0, seconds))
  const days = localDay(formatters, now, timeZone) - localDay(formatters, date, timeZone)
  if (days <= 0) return formatters.date({ ...TIME, timeZone }).format(date)
  if (days === 1 && relative) return yesterday()
  if (days < ONE_WEEK_NAME) return formatters.date({ weekday: 'long', ...time, timeZone }).format(date)
  return days < MOST_OF_A_YEAR ? formatters.date({ ...MONTH_AND_DAY, ...time, timeZone }).format(date) : full()

  function full(): string {
    const style = shorter ? ({ dateStyle: 'long' } as const) : ({ dateStyle: 'long', timeStyle: 'short' } as const)
    return formatters.date({ ...style, timeZone }).format(date)
  }
  function yesterday(): string {
    const day = formatters.relative().format(-1, 'day')
    return shorter ? day : formatters.list('unit').format([day, formatters.date({ ...TIME, timeZone }).format(date)])
  }
}

/** A day without its year, such as `Monday, January 22` (Tornado: `format_day`). */
export function formatDay(formatters: Formatters, date: Date | number, options: FormatDayOptions = {}): string {
  const { weekday = true, timeZone = 'UTC' } = options
  return formatters.date({ ...MONTH_AND_DAY, ...(weekday ? { weekday: 'long' } : {}), timeZone }).format(date)
}

function ago(formatters: Formatters, seconds: number): string {
  const relative = formatters.relative()
  if (seconds < 50) return relative.format(-Math.floor(seconds), 'second')
  if (seconds < 50 * MINUTE) return relative.format(-Math.round(seconds / MINUTE), 'minute')
  return relative.format(-Math.round(seconds / HOUR), 'hour')
}

/** The number of the calendar day in the time zone, to be subtracted from another one. */
function localDay(formatters: Formatters, date: Date | number, timeZone: string): number {
  const options = {
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  } as const
  const parts = new Map(
    formatters
      .date({ ...options, timeZone })
      .formatToParts(date)
      .map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(parts.get('year') ?? 0, (parts.get('month') ?? 1) - 1, parts.get('day') ?? 1) / (DAY * 1000)
}
