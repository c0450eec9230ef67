import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TopicIndex } from './topic-index.ts'

function matches(index: TopicIndex<string>, topic: string): string[] {
  const found: string[] = []
  index.forEachMatch(topic, (entry) => found.push(entry))
  return found
}

describe('TopicIndex', () => {
  test.each([
    { topic: 'room:1', found: ['topic', 'empty prefix', 'prefix'], why: 'the topic and every prefix of it' },
    { topic: 'room:', found: ['empty prefix', 'prefix'], why: 'a prefix matches itself' },
    { topic: 'room', found: ['empty prefix'], why: 'shorter than the prefix' },
    { topic: 'lobby:1', found: ['empty prefix'], why: 'as long as the prefix, but another' },
  ])('$topic: $why', ({ topic, found }) => {
    const index = new TopicIndex<string>()
    index.add('room:1', 'topic')
    index.add('*', 'empty prefix')
    index.add('room:*', 'prefix')
    index.add('room:1:typing*', 'longer prefix') // than every topic here: none may be met twice for its sake
    expect(matches(index, topic)).toEqual(found)
  })

  test('an entry removed on the way: not visited', () => {
    const index = new TopicIndex<string>()
    for (const entry of ['a', 'b', 'c']) index.add('t', entry)
    const visited: string[] = []
    index.forEachMatch('t', (entry) => {
      visited.push(entry)
      index.delete('t', 'b')
    })
    expect(visited).toEqual(['a', 'c'])
  })

  test('an entry that is not there: deleting changes nothing', () => {
    const index = new TopicIndex<string>()
    index.add('t', 'a')
    index.delete('t', 'b')
    index.delete('other', 'a')
    index.delete('t*', 'a')
    expect(index.size).toBe(1)
    expect(index.count('t')).toBe(1)
  })

  test('any additions and removals: the same as a scan over all of them', () => {
    const topic = fc.string({ unit: fc.constantFrom('a', 'b', ':'), minLength: 1, maxLength: 4 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 4 }).map((prefix) => `${prefix}*`)
    const change = fc.record({ where: fc.oneof(topic, pattern), add: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60, size: 'max' }), topic, (changes, published) => {
        const index = new TopicIndex<string>()
        const scan = new Set<string>()
        for (const { where, add } of changes) {
          if (!add) index.delete(where, where)
          else if (!scan.has(where)) index.add(where, where)
          if (add) scan.add(where)
          else scan.delete(where)
        }
        const expected = [...scan].filter((where) =>
          where.endsWith('*') ? published.startsWith(where.slice(0, -1)) : published === where,
        )
        expect(matches(index, published).toSorted()).toEqual(expected.toSorted())
        expect(index.size).toBe(scan.size)
      }),
    )
  })
})
