import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OpenExchange } from '../engine/exchange-host.ts'
import { OpenExchanges } from './open-exchanges.ts'

const exchange = (abort: () => void = () => {}): OpenExchange => ({ place: -1, abort })

test('property: whatever order exchanges end in, abort() reaches those that are open, once each', () => {
  const step = fc.record({ adds: fc.boolean(), which: fc.nat() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const exchanges = new OpenExchanges()
      const open: OpenExchange[] = []
      const aborted: OpenExchange[] = []
      for (const { adds, which } of steps) {
        if (adds || open.length === 0) {
          const added = exchange(() => aborted.push(added))
          exchanges.add(added)
          open.push(added)
        } else {
          for (const ended of open.splice(which % open.length, 1)) exchanges.remove(ended)
        }
      }
      exchanges.abort()
      expect(new Set(aborted)).toEqual(new Set(open))
      expect(aborted).toHaveLength(open.length)
    }),
  )
})

test('empty(): settles with the last one, at once without one, and after abort() whatever is still open', async () => {
  const exchanges = new OpenExchanges()
  await exchanges.empty()
  const [one, other] = [exchange(), exchange()]
  exchanges.add(one)
  exchanges.add(other)
  const order: string[] = []
  const empty = exchanges.empty().then(() => order.push('empty'))
  exchanges.remove(one)
  await Promise.resolve()
  order.push('one is left')
  exchanges.remove(other)
  await empty
  expect(order).toEqual(['one is left', 'empty'])
  exchanges.add(one)
  exchanges.abort()
  await exchanges.empty()
})
