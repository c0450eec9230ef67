import { expect, test } from 'vitest'
import { Agreement, type ConnectionLimits } from './agreement.ts'
import { loadWS } from './ws.ts'

await loadWS()

const limits = (): ConnectionLimits => ({
  maxMessageSize: 1000,
  closeTimeout: 1000,
  maxBufferedBytes: 1000,
  slowConsumer: 'close',
  compression: { level: 6, threshold: 0, memLevel: 8, concurrency: 10 },
})

test('readers that are given back: sixteen are kept for the next ones', () => {
  const agreement = Agreement.of(limits(), 'permessage-deflate')
  const first = new Set(Array.from({ length: 20 }, () => agreement.takeReader()))
  expect(first.size).toBe(20)
  for (const reader of first) agreement.giveReader(reader)
  const again = Array.from({ length: 20 }, () => agreement.takeReader())
  expect(again.filter((reader) => first.has(reader))).toHaveLength(16)
})

test('parameters in any order: the same agreement, or a client could make very many', () => {
  const one = limits()
  const [a, b] = ['server_max_window_bits=10', 'client_max_window_bits=11']
  expect(Agreement.of(one, `permessage-deflate; ${a}; ${b}`)).toBe(Agreement.of(one, `permessage-deflate; ${b}; ${a}`))
})

test('the same offers: one agreement for each class, since each has its own limits', () => {
  const [one, other] = [limits(), limits()]
  expect(Agreement.of(one, 'permessage-deflate')).toBe(
    Agreement.of(one, 'permessage-deflate; client_no_context_takeover'),
  )
  expect(Agreement.of(one, undefined)).not.toBe(Agreement.of(one, 'permessage-deflate'))
  expect(Agreement.of(one, undefined)).not.toBe(Agreement.of(other, undefined))
})
