import { describe, expect, test } from 'vitest'
import { RedisNames } from './redis-names.ts'
import { slotOf } from './redis-slot.ts'

const TOPICS = ['room:7', '}', '{', '{}', 'a}b', '{a}{b}', ':', 'Grüße']

describe('RedisNames', () => {
  test.each(TOPICS)('%j: stream, head and channel in one slot, and the channel says which topic it is', (topic) => {
    const names = new RedisNames('app:', 16)
    const channel = names.channelOf('messages', topic)
    expect(new Set([...names.keysOf(topic), channel].map(slotOf)).size).toBe(1)
    expect(names.parseChannel(channel)).toEqual({ kind: 'messages', topic })
  })

  test.each(TOPICS)('%j: presence where its group is noted', (topic) => {
    const names = new RedisNames('app:', 16)
    const channel = names.channelOf('presence', topic)
    expect(slotOf(channel)).toBe(slotOf(names.groupPrefix(names.groupOf(topic))))
    expect(names.parseChannel(channel)).toEqual({ kind: 'presence', topic })
  })

  test('different topics: different slots, and all groups are used', () => {
    const names = new RedisNames('', 16)
    const topics = Array.from({ length: 1000 }, (_, i) => `room:${i}`)
    expect(new Set(topics.map((topic) => slotOf(names.channelOf('messages', topic)))).size).toBeGreaterThan(900)
    expect(new Set(topics.map((topic) => names.groupOf(topic))).size).toBe(16)
  })

  test.each([
    { topic: 'room:*', messages: 'a\\*:{:room:*', presence: 'a\\*:{?}p:room:*', why: 'a prefix, and any group' },
    { topic: 'a[b]?\\*', messages: 'a\\*:{:a\\[b\\]\\?\\\\*', presence: 'a\\*:{?}p:a\\[b\\]\\?\\\\*', why: 'escaped' },
  ])('$topic as a pattern of channels: $why', ({ topic, messages, presence }) => {
    const names = new RedisNames('a*:', 16)
    expect(names.channelOf('messages', topic)).toBe(messages)
    expect(names.channelOf('presence', topic)).toBe(presence)
  })
})
