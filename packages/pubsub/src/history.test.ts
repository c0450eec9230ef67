import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HistoryLimits, messageSize, TopicHistory } from './history.ts'
import { HubMessage } from './hub-message.ts'

const WIDE: HistoryLimits = { maxMessages: 1000, maxSize: 1_000_000, maxAge: 1_000_000 }

function message(data: string | Buffer, time = 0): HubMessage {
  return new HubMessage({ topic: 't', id: '1-1', data, time })
}

function kept(history: TopicHistory): string[] {
  return history.after(history.startSequence).map(({ data }) => data.toString())
}

describe('messageSize', () => {
  test.each([
    { data: '', size: 256, why: 'an empty message takes memory too' },
    { data: 'äö', size: 260, why: 'text counts as UTF-8' },
    { data: Buffer.alloc(1000), size: 1256, why: 'bytes count as they are' },
  ])('$size: $why', ({ data, size }) => {
    expect(messageSize(message(data))).toBe(size)
  })
})

describe('TopicHistory', () => {
  test.each([
    { limits: { maxMessages: 2 }, left: ['c', 'd'], why: 'the newest two' },
    { limits: { maxMessages: 0 }, left: [], why: 'none are kept' },
    { limits: { maxSize: 3 * 257 }, left: ['b', 'c', 'd'], why: 'three fit exactly' },
    { limits: { maxSize: 3 * 257 - 1 }, left: ['c', 'd'], why: 'one byte too few for three' },
    { limits: { maxSize: 256 }, left: [], why: 'not even one fits' },
    { limits: { maxAge: 20 }, left: ['b', 'c', 'd'], why: 'as old as allowed' },
    { limits: { maxAge: 19 }, left: ['c', 'd'], why: 'a millisecond too old' },
  ])('$limits: $why', ({ limits, left }) => {
    const history = new TopicHistory({ ...WIDE, ...limits }, 10)
    for (const [i, data] of ['a', 'b', 'c', 'd'].entries()) history.append(message(data, i * 10))
    expect(kept(history)).toEqual(left)
    expect(history.lastSequence).toBe(14)
    expect(history.startSequence).toBe(14 - left.length)
    expect(history.size).toBe(left.length * 257)
  })

  test('after(sequence): what follows it, nothing after the last', () => {
    const history = new TopicHistory(WIDE, 10)
    for (const data of ['a', 'b', 'c']) history.append(message(data))
    expect(history.after(11).map(({ data }) => data)).toEqual(['b', 'c'])
    expect(history.after(13)).toEqual([])
  })

  test('any appends, trims and clears: the same as a list that is cut', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), length: fc.nat(300), wait: fc.nat(20) }),
      fc.record({ kind: fc.constant('trim' as const), wait: fc.nat(60) }),
      fc.record({ kind: fc.constant('clear' as const), wait: fc.constant(0) }),
    )
    const limits = fc.record({ maxMessages: fc.nat(8), maxSize: fc.nat(3000), maxAge: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(limits, fc.array(action, { maxLength: 60, size: 'max' }), (bounds, actions) => {
        const history = new TopicHistory(bounds, 0)
        let list: HubMessage[] = []
        let [now, appended] = [0, 0]
        const size = (): number => list.reduce((sum, item) => sum + messageSize(item), 0)
        for (const step of actions) {
          now += step.wait
          if (step.kind === 'append') {
            const next = message('x'.repeat(step.length), now)
            history.append(next)
            list.push(next)
            appended++
          } else if (step.kind === 'trim') history.trim(now)
          else history.clear()
          if (step.kind === 'clear') list = []
          list = list
            .filter(({ time }) => now - time <= bounds.maxAge || step.kind === 'clear')
            .slice(-bounds.maxMessages || list.length)
          if (bounds.maxMessages === 0) list = []
          while (size() > bounds.maxSize) list.shift()
          expect(history.after(history.startSequence)).toEqual(list)
          expect(history.size).toBe(size())
          expect(history.lastSequence).toBe(appended)
        }
      }),
    )
  })
})
