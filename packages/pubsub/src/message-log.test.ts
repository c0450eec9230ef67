import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { compareMessageIds } from './message-id.ts'
import { MessageLog, type MessageLogLimits } from './message-log.ts'

const WIDE: MessageLogLimits = {
  maxMessages: 100,
  maxSize: 100_000,
  maxAge: 60_000,
  maxTopics: 100,
  maxTotalSize: 1_000_000,
}
const SIZE = 257 // of a message of one letter

const logs: MessageLog[] = []

function makeLog(limits: Partial<MessageLogLimits> = {}): MessageLog {
  const log = new MessageLog({ ...WIDE, ...limits })
  logs.push(log)
  return log
}

function append(log: MessageLog, topic: string, data = 'x'): string {
  return log.append({ topic, data, sender: undefined }).id
}

function kept(log: MessageLog, topic: string): number {
  return log.read(topic, undefined, 1000).messages.length
}

afterEach(() => {
  for (const log of logs.splice(0)) log.close()
})

describe('ids', () => {
  test('two topics: each counts its own messages, so that neither tells how busy the other is', () => {
    const log = makeLog()
    const sequences = ['a', 'b', 'a', 'b', 'b'].map((topic) => append(log, topic).split('-')[1])
    expect(sequences).toEqual(['1', '1', '2', '2', '3'])
  })

  test('an id of this log that is still to come: a gap', () => {
    const log = makeLog()
    const [epoch] = append(log, 't').split('-')
    expect(log.read('t', `${epoch}-1`, 0).gap).toBe(false)
    expect(log.read('t', `${epoch}-2`, 0).gap).toBe(true)
    expect(log.read('t', `${epoch}-99999999999999999999`, 0).gap).toBe(true)
    expect(log.read('unknown', `${epoch}-1`, 0).gap).toBe(true)
  })
})

describe('too many topics', () => {
  test('the one published to least recently is forgotten, messages and all', () => {
    const log = makeLog({ maxTopics: 2 })
    for (const topic of ['a', 'b', 'a', 'c']) append(log, topic)
    expect(['a', 'b', 'c'].map((topic) => kept(log, topic))).toEqual([2, 0, 1])
  })

  test('an id of a forgotten topic: a gap if messages came after it, none if it was the last', () => {
    const log = makeLog({ maxTopics: 1 })
    const [first, second] = [append(log, 'a'), append(log, 'a')]
    append(log, 'b')
    expect(log.read('a', first, 0)).toMatchObject({ gap: true, messages: [] })
    expect(log.read('a', second, 0)).toMatchObject({ gap: false, messages: [] })
  })

  test('a forgotten topic that comes back: its ids go on and never repeat', () => {
    const log = makeLog({ maxTopics: 1 })
    const ids = [append(log, 'a'), append(log, 'a')]
    append(log, 'b')
    ids.push(append(log, 'a'))
    append(log, 'b')
    ids.push(append(log, 'a'))
    expect(ids.toSorted(compareMessageIds)).toEqual(ids)
    expect(new Set(ids).size).toBe(4)
    expect(log.read('a', ids[0], 0).gap).toBe(true)
  })

  test('a start in a topic without messages: resumes when the first ones come', () => {
    const log = makeLog({ maxTopics: 1 })
    append(log, 'a')
    append(log, 'b')
    const { startId } = log.read('new', undefined, 0)
    append(log, 'new')
    expect(log.read('new', startId, 0)).toMatchObject({ gap: false, messages: [{ data: 'x' }] })
  })
})

describe('too many bytes in all topics', () => {
  test('the topic published to least recently loses its messages and keeps its numbers', () => {
    const log = makeLog({ maxTotalSize: 3 * SIZE })
    const [first, second] = [append(log, 'a'), append(log, 'a')]
    append(log, 'b')
    expect(kept(log, 'a')).toBe(2)
    append(log, 'b')
    expect(['a', 'b'].map((topic) => kept(log, topic))).toEqual([0, 2])
    expect(log.read('a', first, 0).gap).toBe(true)
    expect(log.read('a', second, 0).gap).toBe(false)
  })

  test('many topics, each within its limits: never more than the total', () => {
    const log = makeLog({ maxTotalSize: 10 * SIZE, maxSize: 10 * SIZE })
    for (let i = 0; i < 1000; i++) append(log, `topic ${(i * 7) % 50}`)
    const total = Array.from({ length: 50 }, (_, i) => kept(log, `topic ${i}`)).reduce((sum, count) => sum + count)
    expect(total).toBe(10)
  })
})

describe('age', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('a message as old as allowed is kept; a millisecond later it is gone, and that is a gap', () => {
    const log = makeLog({ maxAge: 5000 })
    const { startId } = log.read('t', undefined, 0)
    append(log, 't')
    vi.setSystemTime(Date.now() + 5000)
    expect(log.read('t', startId, 0)).toMatchObject({ gap: false, messages: [{ data: 'x' }] })
    vi.setSystemTime(Date.now() + 1)
    expect(log.read('t', startId, 0)).toMatchObject({ gap: true, messages: [] })
  })

  test('nobody publishes or reads: the sweeper frees the messages, then stops until there are new ones', () => {
    const log = makeLog({ maxAge: 5000 })
    expect(vi.getTimerCount()).toBe(0)
    for (let round = 0; round < 2; round++) {
      append(log, 'a')
      append(log, 'b')
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(5000)
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(5000)
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  test('an id of a topic whose messages are all too old: no gap if it was the last', () => {
    const log = makeLog({ maxAge: 5000 })
    const [first, second] = [append(log, 't'), append(log, 't')]
    vi.advanceTimersByTime(60_000)
    expect(log.read('t', second, 0).gap).toBe(false)
    expect(log.read('t', first, 0).gap).toBe(true)
  })

  test('no history: no timer', () => {
    append(makeLog({ maxMessages: 0 }), 't')
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('a log with messages: its timer does not keep the process alive', () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  append(makeLog(), 't')
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before)
})
