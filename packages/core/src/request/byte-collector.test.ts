import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteCollector } from './byte-collector.ts'

test('any chunks: taken as one, then the collector is empty and can be used again', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
      const collector = new ByteCollector()
      for (let round = 0; round < 2; round++) {
        for (const chunk of chunks) collector.append(chunk)
        const whole = Buffer.concat(chunks)
        expect(collector.length).toBe(whole.length)
        expect(collector.take()).toEqual(whole)
        expect(collector.length).toBe(0)
      }
    }),
  )
})

test('a chunk that changes afterwards: what was collected does not', () => {
  const collector = new ByteCollector()
  const chunk = Buffer.from('abc')
  collector.append(chunk)
  chunk.fill('x')
  const taken = collector.take()
  collector.append(Buffer.from('def'))
  expect(taken.toString()).toBe('abc')
})

test('a million single bytes: kept in one block of at most twice their size', () => {
  const collector = new ByteCollector()
  for (let i = 0; i < 1_000_000; i++) collector.append(Buffer.of(i & 0xff))
  expect(collector.length).toBe(1_000_000)
  expect(collector.take().buffer.byteLength).toBeLessThanOrEqual(2_000_000)
})
