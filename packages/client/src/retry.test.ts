import { describe, expect, test } from 'vitest'
import { isIdempotent, parseRetryAfter, resolveRetry, retryDelay } from './retry.ts'

const NOW = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT')

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  test.each([
    { value: '0', delay: 0, why: 'at once' },
    { value: '120', delay: 120_000, why: 'seconds' },
    { value: 'Sun, 06 Nov 1994 08:50:37 GMT', delay: 60_000, why: 'a date' },
    { value: 'Sunday, 06-Nov-94 08:50:37 GMT', delay: 60_000, why: 'a date as RFC 850 had it' },
    { value: 'Sun, 06 Nov 1994 08:00:00 GMT', delay: 0, why: 'a date that has passed' },
    { value: '-1', delay: undefined, why: 'no number of seconds' },
    { value: '1.5', delay: undefined, why: 'no whole number' },
    { value: 'soon', delay: undefined, why: 'neither' },
    { value: '', delay: undefined, why: 'empty' },
  ])('$value: $delay, $why', ({ value, delay }) => {
    expect(parseRetryAfter(value, NOW)).toBe(delay)
  })
})

describe('the wait before another try', () => {
  const options = resolveRetry({ minDelay: 100, maxDelay: 1000 })

  test.each([
    { tries: 0, most: 100 },
    { tries: 1, most: 200 },
    { tries: 3, most: 800 },
    { tries: 4, most: 1000 },
    { tries: 5000, most: 1000 },
  ])('after $tries: at most $most ms', ({ tries, most }) => {
    const delays = Array.from({ length: 200 }, () => retryDelay(tries, null, options) ?? -1)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(most)
    expect(new Set(delays).size).toBeGreaterThan(100)
  })

  test('the server says how long: exactly that', () => {
    expect(retryDelay(0, '1', options)).toBe(1000)
  })

  test('the server wants more patience than there is: no further try', () => {
    expect(retryDelay(0, '2', options)).toBeUndefined()
  })
})

test.each([
  ['GET', true],
  ['HEAD', true],
  ['PUT', true],
  ['DELETE', true],
  ['OPTIONS', true],
  ['POST', false],
  ['PATCH', false],
  ['get', false],
])('%s: idempotent %s (RFC 9110 §9.2.2)', (method, expected) => {
  expect(isIdempotent(method)).toBe(expected)
})

test.each([-1, 1.5, { limit: -1 }, { minDelay: 2 ** 31 }, { times: 3 }])('retry: %j is refused', (retry) => {
  expect(() => resolveRetry(retry as number)).toThrow(/retry/)
})
