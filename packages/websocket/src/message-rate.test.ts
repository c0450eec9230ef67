import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MessageRate } from './message-rate.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test("10 per second: one second's worth at once, then one each 100 ms, never more than one second's worth saved up", () => {
  const rate = new MessageRate(10)
  const take = (count: number) => Array.from({ length: count }, () => rate.take()).filter(Boolean).length
  expect(take(20)).toBe(10)
  vi.advanceTimersByTime(100)
  expect(take(5)).toBe(1)
  vi.advanceTimersByTime(60_000)
  expect(take(20)).toBe(10)
})
