/** When a request is sent again (RFC 9110 §9.2.2), and how long the client waits before it does. */
import { inspect } from 'node:util'
import { HTTPClientOptionError } from './option-error.ts'

/** Times are in milliseconds. */
export interface RetryOptions {
  /** Most repetitions. @defaultValue 2 */
  readonly limit?: number | undefined
  /** The first wait is a random one up to this; each further one up to twice the last. @defaultValue 500 */
  readonly minDelay?: number | undefined
  /** Longest wait; an answer whose Retry-After asks for more is taken as it is. @defaultValue 30000 */
  readonly maxDelay?: number | undefined
  /** Statuses that are worth another try. @defaultValue 408, 429, 502, 503 and 504 */
  readonly statuses?: readonly number[] | undefined
}

/** Retry options, filled in. */
export type ResolvedRetry = { readonly [K in keyof RetryOptions]-?: Exclude<RetryOptions[K], undefined> }

const DEFAULTS: ResolvedRetry = {
  limit: 2,
  minDelay: 500,
  maxDelay: 30_000,
  statuses: [408, 429, 502, 503, 504],
}
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
const LONGEST_TIMER = 2 ** 31 - 1 // ms

/** @throws {@link HTTPClientOptionError} */
export function resolveRetry(given: number | RetryOptions): ResolvedRetry {
  const chosen = typeof given === 'number' ? { limit: given } : given
  const defined = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  for (const name of Object.keys(defined)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw new HTTPClientOptionError(`retry has no option ${name}`)
  }
  const options = { ...DEFAULTS, ...defined } as ResolvedRetry // only names of DEFAULTS are left
  for (const name of ['limit', 'minDelay', 'maxDelay'] as const) {
    const value = options[name]
    if (Number.isInteger(value) && value >= 0 && value <= LONGEST_TIMER) continue
    throw new HTTPClientOptionError(
      `retry.${name} must be a whole number from 0 to ${LONGEST_TIMER}, got ${inspect(value)}`,
    )
  }
  return options
}

/** Whether sending it twice means no more than sending it once (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/**
 * How long to wait before the next try, in milliseconds.
 *
 * Without a Retry-After it is a random part of a limit that doubles each time, so that clients which failed together do
 * not come back together.
 *
 * @param tries - how many repetitions there have been
 * @param retryAfter - the field's value (RFC 9110 §10.2.3), if the answer has one
 * @returns undefined if the server asks for more patience than `maxDelay`
 */
export function retryDelay(
  tries: number,
  retryAfter: string | null,
  { minDelay, maxDelay }: ResolvedRetry,
  now: number = Date.now(),
): number | undefined {
  const asked = retryAfter === null ? undefined : parseRetryAfter(retryAfter, now)
  if (asked === undefined) return Math.random() * Math.min(maxDelay, minDelay * 2 ** Math.min(tries, 30))
  return asked <= maxDelay ? asked : undefined
}

/** Seconds or a date, as milliseconds from now; undefined for anything else. */
export function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000
  const date = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
