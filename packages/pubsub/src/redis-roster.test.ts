import { describe, expect, test } from 'vitest'
import { Delivery } from './delivery.ts'
import type { PresenceEvent } from './hub.ts'
import { type Members, RedisRoster } from './redis-roster.ts'

/** A roster whose reads are answered by the test, one after the other. */
function rosterOf() {
  const told: string[] = []
  const reads: { resolve: (members: Members) => void; reject: (error: Error) => void }[] = []
  const delivery = new Delivery(() => {})
  delivery.subscribe('t', () => {}, { onPresence: ({ type, member }) => told.push(`${type} ${member}`) })
  const roster = new RedisRoster('t', delivery, () => new Promise((resolve, reject) => reads.push({ resolve, reject })))
  const hear = (type: PresenceEvent['type'], member: string, number: number): void =>
    roster.hear({ type, member, topic: 't', time: 0 }, number)
  const isReading = async (): Promise<void> => {
    while (reads.length === 0) await Promise.resolve()
  }
  /** Answers the read that comes next. */
  const answer = async (number: number, ...members: string[]): Promise<void> => {
    await isReading()
    reads.shift()?.resolve({ number, members })
  }
  const begin = async (number: number, ...members: string[]): Promise<void> => {
    const begun = roster.begin()
    await answer(number, ...members)
    await begun
  }
  return { roster, told, hear, isReading, answer, begin, reads }
}

describe('RedisRoster', () => {
  test('who is there at the beginning: not told', async () => {
    const { begin, told } = rosterOf()
    await begin(1, 'ann')
    expect(told).toEqual([])
  })

  test('after a time in which nothing was heard: what has changed is told', async () => {
    const { roster, begin, answer, hear, told } = rosterOf()
    await begin(1, 'ann', 'bob')
    hear('join', 'cid', 2)
    const resumed = roster.resume()
    await answer(5, 'bob', 'dan')
    await resumed
    expect(told).toEqual(['join cid', 'leave ann', 'leave cid', 'join dan'])
  })

  test('events while reading: those that what was read shows are not told again, later ones are, in order', async () => {
    const { roster, begin, isReading, answer, hear, told } = rosterOf()
    await begin(1, 'ann')
    const resumed = roster.resume()
    await isReading()
    hear('leave', 'ann', 2)
    hear('join', 'bob', 3)
    hear('leave', 'bob', 4)
    await answer(3, 'bob')
    await resumed
    expect(told).toEqual(['leave ann', 'join bob', 'leave bob'])
  })

  test('what is known already: not told', async () => {
    const { begin, hear, told } = rosterOf()
    await begin(1, 'ann')
    hear('join', 'ann', 2)
    hear('leave', 'bob', 3)
    expect(told).toEqual([])
  })

  test('two resumptions: the second reads after the first', async () => {
    const { roster, begin, answer, reads, told } = rosterOf()
    await begin(1)
    const both = Promise.all([roster.resume(), roster.resume()])
    await answer(2, 'ann')
    expect(reads).toHaveLength(0)
    await answer(3)
    await both
    expect(told).toEqual(['join ann', 'leave ann'])
  })

  test('a read that fails: what was heard meanwhile is told, and the next resumption tells the rest', async () => {
    const { roster, begin, isReading, answer, hear, reads, told } = rosterOf()
    await begin(1)
    const failing = roster.resume()
    await isReading()
    hear('join', 'ann', 2)
    reads.shift()?.reject(new Error('gone'))
    await failing
    expect(told).toEqual(['join ann'])
    const resumed = roster.resume()
    await answer(4, 'ann', 'bob')
    await resumed
    expect(told).toEqual(['join ann', 'join bob'])
  })

  test('more events than are held back while reading: the members are read once more', async () => {
    const { roster, begin, isReading, answer, hear, told } = rosterOf()
    await begin(1)
    const resumed = roster.resume()
    await isReading()
    for (let i = 0; i < 10_001; i++) hear(i % 2 === 0 ? 'join' : 'leave', 'ann', i + 2)
    await answer(1)
    await answer(20_000, 'ann')
    await resumed
    await roster.begin()
    expect(told.at(-1)).toBe('join ann')
    expect(told).toHaveLength(10_001)
  })
})
