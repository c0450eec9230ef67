import { describe, expect, test } from 'vitest'
import { Delivery } from './delivery.ts'
import { HubMessage } from './hub-message.ts'
import { type ReadAnswer, RedisFeed } from './redis-feed.ts'
import type { StoredMessage } from './redis-message.ts'

function stored(sequence: number): StoredMessage {
  const message = new HubMessage({ topic: 't', id: `1-${sequence}`, data: `m${sequence}`, time: 0 })
  return { message, before: `1-${sequence - 1}` }
}

/** A feed over a stream of which the messages up to `newest` are there and those from `oldest` on are kept. */
async function follow(stream: { newest: number; oldest: number }) {
  const events: string[] = []
  const delivery = new Delivery((error) => {
    throw error
  })
  const kept = (): StoredMessage[] =>
    Array.from({ length: stream.newest - stream.oldest + 1 }, (_, i) => stored(stream.oldest + i))
  const feed = new RedisFeed('t', delivery, async ({ cursor }): Promise<ReadAnswer> => {
    const seen = Number(cursor?.slice(2) ?? stream.newest)
    const behind = seen < stream.oldest - 1
    const missed = kept().filter(({ message }) => Number(message.id.slice(2)) > seen)
    return { newest: `1-${stream.newest}`, gap: false, replay: [], behind, missed }
  })
  const listen = ({ data }: HubMessage): number => events.push(data.toString())
  await feed.begin(undefined, 0, (replay) =>
    delivery.subscribe('t', listen, { onGap: () => events.push('gap') }, replay),
  )
  return { feed, events }
}

describe('RedisFeed', () => {
  test('messages that follow each other: passed on without asking', async () => {
    const { feed, events } = await follow({ newest: 0, oldest: 1 })
    for (const sequence of [1, 2, 3]) feed.hear(stored(sequence))
    expect(events).toEqual(['m1', 'm2', 'm3'])
  })

  test.each([
    { oldest: 1, events: ['m1', 'm2', 'm3', 'm4'], why: 'taken from the stream' },
    { oldest: 4, events: ['m1', 'gap', 'm4'], why: 'a gap, then what the stream has' },
  ])('m2 and m3 were not heard, the stream begins at $oldest: $why', async ({ oldest, events: expected }) => {
    const stream = { newest: 0, oldest: 1 }
    const { feed, events } = await follow(stream)
    feed.hear(stored(1))
    Object.assign(stream, { newest: 4, oldest })
    feed.hear(stored(4))
    await feed.resume()
    expect(events).toEqual(expected)
  })

  test('a message heard again, or after the stream had it: passed on once', async () => {
    const stream = { newest: 0, oldest: 1 }
    const { feed, events } = await follow(stream)
    Object.assign(stream, { newest: 2 })
    const resumed = feed.resume()
    feed.hear(stored(1))
    feed.hear(stored(2))
    await resumed
    feed.hear(stored(2))
    feed.hear(stored(3))
    expect(events).toEqual(['m1', 'm2', 'm3'])
  })
})
