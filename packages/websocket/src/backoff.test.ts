import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

test('waits: stay below a limit that doubles up to maxDelay, and spread out', () => {
  for (let round = 0; round < 200; round++) {
    const backoff = new Backoff({ minDelay: 100, maxDelay: 1000 })
    for (const limit of [100, 200, 400, 800, 1000, 1000]) expect(backoff.next()).toBeLessThanOrEqual(limit)
  }
  const first = Array.from({ length: 200 }, () => new Backoff({ minDelay: 100 }).next() ?? 0)
  expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(50)
})

test('maxAttempts: then it gives up, until a connection was made', () => {
  const backoff = new Backoff({ maxAttempts: 2 })
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([expect.any(Number), expect.any(Number), undefined])
  backoff.reset()
  expect(backoff.next()).toBeLessThanOrEqual(500)
})
