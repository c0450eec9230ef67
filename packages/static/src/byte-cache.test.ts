import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteCache } from './byte-cache.ts'

test('beyond its size it forgets what was not used for the longest time', () => {
  const cache = new ByteCache<{ size: number }>(10_000)
  cache.set('a', { size: 3000 })
  cache.set('b', { size: 3000 })
  cache.get('a')
  cache.set('c', { size: 5000 })
  expect(['a', 'b', 'c'].filter((key) => cache.peek(key) !== undefined)).toEqual(['a', 'c'])
})

test.each([
  { maxSize: 0, size: 0, why: 'nothing is kept' },
  { maxSize: 1000, size: 1000, why: 'an entry has its own cost' },
])('$maxSize bytes for one of $size: $why', ({ maxSize, size }) => {
  const cache = new ByteCache<{ size: number }>(maxSize)
  cache.set('a', { size })
  expect(cache.get('a')).toBeUndefined()
  expect(cache.size).toBe(0)
})

test('whatever is done to it, it stays within its size', () => {
  const command = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.nat(6000), remove: fc.boolean() })
  const property = fc.property(fc.array(command), (commands) => {
    const cache = new ByteCache<{ size: number }>(10_000)
    for (const { key, size, remove } of commands) {
      if (remove) cache.delete(key)
      else cache.set(key, { size })
      expect(cache.size).toBeGreaterThanOrEqual(0)
      expect(cache.size).toBeLessThanOrEqual(10_000)
    }
    for (const key of ['a', 'b', 'c', 'd']) cache.delete(key)
    expect(cache.size).toBe(0)
  })
  fc.assert(property)
})
