import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBuckets } from './token-bucket.ts'

function buckets(options: { limit?: number; window?: number; maxKeys?: number } = {}): TokenBuckets {
  return new TokenBuckets({ limit: 3, window: 3000, maxKeys: 100, ...options })
}

describe('TokenBuckets', () => {
  test('the limit at once, then one by one as they come back', () => {
    const three = buckets()
    expect(three.take('a', 0)).toEqual({ allowed: true, remaining: 2, wait: 1000 })
    expect(three.take('a', 0)).toEqual({ allowed: true, remaining: 1, wait: 1000 })
    expect(three.take('a', 400)).toEqual({ allowed: true, remaining: 0, wait: 600 })
    expect(three.take('a', 400)).toEqual({ allowed: false, remaining: 0, wait: 600 })
    expect(three.take('a', 999)).toEqual({ allowed: false, remaining: 0, wait: 1 })
    expect(three.take('a', 1000)).toEqual({ allowed: true, remaining: 0, wait: 1000 })
    expect(three.take('a', 60_000)).toEqual({ allowed: true, remaining: 2, wait: 1000 })
  })

  test('a refusal costs nothing: who keeps asking is not kept out longer', () => {
    const one = buckets({ limit: 1 })
    one.take('a', 0)
    for (let now = 1; now < 3000; now++) expect(one.take('a', now).allowed).toBe(false)
    expect(one.take('a', 3000).allowed).toBe(true)
  })

  test('keys do not share: neither do names that objects have from birth', () => {
    const one = buckets({ limit: 1 })
    for (const key of ['a', 'b', '', '__proto__', 'constructor']) {
      expect(one.take(key, 0).allowed).toBe(true)
      expect(one.take(key, 0).allowed).toBe(false)
    }
  })

  test('a limit that does not divide the window: no drift', () => {
    const seven = buckets({ limit: 7, window: 1000 })
    let allowed = 0
    for (let now = 0; now <= 100_000; now++) if (seven.take('a', now).allowed) allowed++
    expect(allowed).toBe(7 + 700)
  })

  test('maxKeys: the one not used for longest is forgotten', () => {
    const two = buckets({ limit: 1, maxKeys: 2 })
    two.take('a', 0)
    two.take('b', 0)
    two.take('a', 0) // refused, but used
    two.take('c', 0)
    expect(two.size).toBe(2)
    expect(two.take('a', 0).allowed).toBe(false)
    expect(two.take('b', 0).allowed).toBe(true)
  })

  test('full buckets are dropped by later requests of others', () => {
    const many = buckets({ maxKeys: 1000 })
    for (let i = 0; i < 500; i++) many.take(`key ${i}`, 0)
    expect(many.size).toBe(500)
    many.take('other', 1000)
    expect(many.size).toBe(1)
  })

  const requests = fc.array(fc.record({ key: fc.constantFrom('a', 'b', '__proto__'), pause: fc.nat({ max: 700 }) }), {
    maxLength: 200,
  })
  const sizes = fc.record({ limit: fc.integer({ min: 1, max: 20 }), window: fc.integer({ min: 1, max: 5000 }) })

  test('property: it decides as buckets of exact fractions do, key by key', () => {
    fc.assert(
      fc.property(sizes, requests, ({ limit, window }, steps) => {
        const tested = new TokenBuckets({ limit, window, maxKeys: 100 })
        const model = new Map<string, { content: bigint; at: number }>() // content in parts of 1/window
        let now = 0
        for (const { key, pause } of steps) {
          now += pause
          const full = BigInt(limit) * BigInt(window)
          const bucket = model.get(key) ?? { content: full, at: now }
          const filled = bucket.content + BigInt(limit) * BigInt(now - bucket.at)
          const content = filled < full ? filled : full
          const allowed = content >= BigInt(window)
          const left = allowed ? content - BigInt(window) : content
          model.set(key, { content: left, at: now })
          expect(tested.take(key, now)).toMatchObject({ allowed, remaining: Number(left / BigInt(window)) })
        }
      }),
    )
  })

  test('property: after `wait` there is one more, and not a millisecond earlier', () => {
    fc.assert(
      fc.property(sizes, requests, ({ limit, window }, steps) => {
        const replay = (): TokenBuckets => {
          const tested = new TokenBuckets({ limit, window, maxKeys: 100 })
          let now = 0
          for (const { pause } of steps) {
            now += pause
            tested.take('a', now)
          }
          return tested
        }
        const end = steps.reduce((sum, { pause }) => sum + pause, 0)
        const { remaining, wait } = replay().take('a', end)
        const available = (delay: number) => {
          const tested = replay()
          tested.take('a', end)
          const { allowed, remaining: left } = tested.take('a', end + delay)
          return allowed ? left + 1 : 0
        }
        expect(wait).toBeGreaterThan(0)
        expect(available(wait)).toBeGreaterThan(remaining) // a millisecond may bring several
        expect(available(wait - 1)).toBe(remaining)
      }),
    )
  })

  test('property: never more buckets than maxKeys, whatever the keys', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.nat({ max: 50 }))),
        fc.integer({ min: 1, max: 5 }),
        (steps, maxKeys) => {
          const tested = new TokenBuckets({ limit: 2, window: 1000, maxKeys })
          let now = 0
          for (const [key, pause] of steps) {
            now += pause
            tested.take(key, now)
            expect(tested.size).toBeLessThanOrEqual(maxKeys)
          }
        },
      ),
    )
  })
})
