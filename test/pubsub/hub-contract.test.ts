/**
 * What every hub does, run against each carrier.
 *
 * A carrier opens two connected ends: what is published at `far` is heard at `near`. In one process both ends are the same hub. Tests
 * wait for messages, never for time; that something does not come is shown by a later message that does.
 */
import { randomUUID } from 'node:crypto'
import {
  ClusterHub,
  compareMessageIds,
  type Hub,
  HubClosedError,
  HubInputError,
  MemoryHub,
  type MemoryHubOptions,
  type PresenceEvent,
  type Subscription,
} from '@typhoon/pubsub'
import { RedisHub } from '@typhoon/pubsub/redis'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { HubWorker } from './hub-worker.ts'
import { publishRange, Recorder, range, texts } from './recorder.ts'
import { hasRedis, RedisClusterServers, RedisServer } from './redis-server.ts'

interface Ends {
  near: Hub
  far: Hub
}

interface Carrier {
  name: string
  /** Opens two ends with a history of their own. */
  open: (options?: Pick<MemoryHubOptions, 'maxHistoryMessages' | 'onError'>) => Promise<Ends>
}

let worker: HubWorker | undefined

afterAll(() => worker?.kill())

const carriers: Carrier[] = [
  {
    name: 'MemoryHub',
    open: async (options) => {
      const hub = new MemoryHub(options)
      return { near: hub, far: hub }
    },
  },
  {
    name: 'ClusterHub without workers',
    open: async (options) => {
      const hub = new ClusterHub({ ...options, name: randomUUID() })
      return { near: hub, far: hub }
    },
  },
  {
    name: 'ClusterHub in the first process and in a worker',
    open: async (options) => {
      const shared = { name: randomUUID(), maxHistoryMessages: options?.maxHistoryMessages }
      worker ??= await HubWorker.start()
      return { near: new ClusterHub({ ...shared, onError: options?.onError }), far: await worker.open(shared) }
    },
  },
  {
    name: 'two ClusterHubs in the first process',
    open: async (options) => {
      const name = randomUUID()
      return { near: new ClusterHub({ ...options, name }), far: new ClusterHub({ ...options, name }) }
    },
  },
]

let redis: RedisServer | undefined
let redisCluster: RedisClusterServers | undefined

afterAll(() => Promise.all([redis?.remove(), redisCluster?.remove()]))

if (hasRedis()) {
  carriers.push({
    name: 'RedisHub',
    open: async (options) => {
      redis ??= await RedisServer.start()
      const shared = { ...options, url: redis.url, prefix: `${randomUUID()}:` }
      return { near: new RedisHub(shared), far: new RedisHub(shared) }
    },
  })
  carriers.push({
    name: 'RedisHub on a cluster of three',
    open: async (options) => {
      redisCluster ??= await RedisClusterServers.start()
      const shared = { ...options, cluster: redisCluster.urls.slice(0, 1), prefix: `${randomUUID()}:` }
      return { near: new RedisHub(shared), far: new RedisHub(shared) }
    },
  })
}

describe.each(carriers)('$name', ({ open }) => {
  const opened: Ends[] = []

  async function openEnds(options?: Parameters<Carrier['open']>[0]): Promise<Ends> {
    const ends = await open(options)
    opened.push(ends)
    return ends
  }

  afterEach(async () => {
    for (const { near, far } of opened.splice(0)) await Promise.all([near.close(), far.close()])
  })

  describe('publish and subscribe', () => {
    test('three messages: heard in order, with their topic, time, sender and increasing ids', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      await near.subscribe('room:1', heard.listener)
      const before = Date.now()
      const published = await far.publish('room:1', 'm1', { sender: 'ann' })
      await publishRange(far, 'room:1', 2, 3)

      const messages = await heard.until(3)
      expect(texts(messages)).toEqual(['m1', 'm2', 'm3'])
      expect(messages[0]).toMatchObject({ topic: 'room:1', sender: 'ann', id: published.id, time: published.time })
      expect(messages[1]?.sender).toBeUndefined()
      expect(published.time).toBeGreaterThanOrEqual(before)
      const ids = messages.map(({ id }) => id)
      expect(ids.toSorted(compareMessageIds)).toEqual(ids)
      expect(new Set(ids).size).toBe(3)
    })

    test.each([
      { data: '', why: 'empty text' },
      { data: 'Grüße, 世界 🌀', why: 'text beyond Latin-1' },
      { data: Buffer.alloc(0), why: 'no bytes' },
      { data: Buffer.from([0, 0xff, 0xc3, 0x28, 10]), why: 'bytes that are no UTF-8' },
      { data: Buffer.from('text'), why: 'bytes that are UTF-8 stay bytes' },
      { data: 'x'.repeat(300_000), why: 'a large message' },
    ])('$why: arrives as it was', async ({ data }) => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      await near.subscribe('t', heard.listener)
      await far.publish('t', data)
      expect((await heard.until(1))[0]?.data).toEqual(data)
    })

    test('a Uint8Array that its owner changes after publish: heard and kept as it was, as a Buffer', async () => {
      const { near, far } = await openEnds()
      const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
      await far.publish('t', bytes)
      bytes.fill(9)
      const heard = new Recorder()
      await near.subscribe('t', heard.listener, { last: 1 })
      expect((await heard.until(1))[0]?.data).toEqual(Buffer.from([2, 3]))
    })

    test('one message and two listeners: the same object, so that an encoding is made once', async () => {
      const { near, far } = await openEnds()
      const [first, second] = [new Recorder(), new Recorder()]
      await near.subscribe('t', first.listener)
      await near.subscribe('*', second.listener)
      await far.publish('t', 'm1')
      const [one] = await first.until(1)
      const [other] = await second.until(1)
      expect(one).toBe(other)
    })

    test('another topic, and a topic that begins alike: not heard', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      await near.subscribe('room:1', heard.listener)
      await far.publish('room:2', 'other')
      await far.publish('room:10', 'other')
      await far.publish('room:1', 'm1')
      expect(texts(await heard.until(1))).toEqual(['m1'])
    })

    test('names that an object has anyway: topics like others', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      await near.subscribe('__proto__', heard.listener)
      await far.publish('constructor', 'other')
      await far.publish('__proto__', 'm1')
      expect(texts(await heard.until(1))).toEqual(['m1'])
      expect(await near.members('__proto__')).toEqual([])
      expect(await near.count('constructor')).toBe(0)
    })

    test('after unsubscribe(): nothing more, the others still listen, twice is once', async () => {
      const { near, far } = await openEnds()
      const [leaving, staying] = [new Recorder(), new Recorder()]
      const subscription = await near.subscribe('t', leaving.listener)
      await near.subscribe('t', staying.listener)
      await far.publish('t', 'm1')
      await Promise.all([leaving.until(1), staying.until(1)])
      await subscription.unsubscribe()
      await subscription.unsubscribe()
      await far.publish('t', 'm2')
      expect(texts(await staying.until(2))).toEqual(['m1', 'm2'])
      expect(texts(leaving.items)).toEqual(['m1'])
      expect(await near.count('t')).toBe(1)
    })

    test('one listener subscribed twice: two subscriptions, each ends alone', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      const first = await near.subscribe('t', heard.listener)
      await near.subscribe('t', heard.listener)
      await far.publish('t', 'm1')
      await heard.until(2)
      await first.unsubscribe()
      await far.publish('t', 'm2')
      expect(texts(await heard.until(3))).toEqual(['m1', 'm1', 'm2'])
    })

    test('a listener that throws: told to onError with the topic, the others hear the message', async () => {
      const errors: unknown[] = []
      const { near, far } = await openEnds({ onError: (error, topic) => errors.push([topic, error]) })
      const heard = new Recorder()
      const failure = new Error('listener')
      await near.subscribe('t', () => {
        throw failure
      })
      await near.subscribe('t', heard.listener)
      await publishRange(far, 't', 1, 2)
      expect(texts(await heard.until(2))).toEqual(['m1', 'm2'])
      expect(errors).toEqual([
        ['t', failure],
        ['t', failure],
      ])
    })
  })

  describe('listeners that use the hub', () => {
    test('publishing in a listener: every listener hears the question before the answer', async () => {
      const { near, far } = await openEnds()
      const [before, after] = [new Recorder(), new Recorder()]
      await near.subscribe('t', before.listener)
      await near.subscribe('t', ({ data }) => {
        if (data === 'question') void near.publish('t', 'answer')
      })
      await near.subscribe('t', after.listener)
      await far.publish('t', 'question')
      expect(texts(await before.until(2))).toEqual(['question', 'answer'])
      expect(texts(await after.until(2))).toEqual(['question', 'answer'])
    })

    test('unsubscribing itself and another in a listener: neither is called again', async () => {
      const { near, far } = await openEnds()
      const [own, other, fence] = [new Recorder(), new Recorder(), new Recorder()]
      await near.subscribe('t', (message, subscription) => {
        own.listener(message)
        void subscription.unsubscribe()
        void later.unsubscribe()
      })
      const later = await near.subscribe('t', other.listener)
      await near.subscribe('t', fence.listener)
      await publishRange(far, 't', 1, 2)
      await fence.until(2)
      expect(texts(own.items)).toEqual(['m1'])
      expect(other.items).toEqual([])
    })

    test('subscribing in a listener: from the next message on', async () => {
      const { near, far } = await openEnds()
      const late = new Recorder()
      const subscribed = new Recorder<Subscription>()
      const first = await near.subscribe('t', () => {
        void first.unsubscribe()
        void near.subscribe('t', late.listener).then(subscribed.listener)
      })
      await far.publish('t', 'm1')
      await subscribed.until(1)
      await far.publish('t', 'm2')
      expect(texts(await late.until(1))).toEqual(['m2'])
    })

    test('publishing while the replay is given: the new message comes last, once', async () => {
      const { near, far } = await openEnds()
      const [since] = await publishRange(far, 't', 0, 2)
      const heard = new Recorder()
      await near.subscribe(
        't',
        (message) => {
          heard.listener(message)
          if (message.data === 'm1') void near.publish('t', 'm3')
        },
        { since },
      )
      await heard.until(3)
      await far.publish('t', 'm4')
      expect(texts(await heard.until(4))).toEqual(['m1', 'm2', 'm3', 'm4'])
    })

    test('unsubscribing while the replay is given: the rest does not come, lastId resumes there', async () => {
      const { near, far } = await openEnds()
      const [since] = await publishRange(far, 't', 0, 3)
      const [cut, rest] = [new Recorder(), new Recorder()]
      const subscription = await near.subscribe(
        't',
        (message, own) => {
          cut.listener(message)
          if (message.data === 'm2') void own.unsubscribe()
        },
        { since },
      )
      await near.subscribe('t', rest.listener, { since: subscription.lastId })
      expect(texts(await rest.until(1))).toEqual(['m3'])
      expect(texts(cut.items)).toEqual(['m1', 'm2'])
    })
  })

  describe('history', () => {
    test('since: what came after it, then the live messages, no gap', async () => {
      const { near, far } = await openEnds()
      const [, since] = await publishRange(far, 't', 0, 4)
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener, { since })
      expect(texts(heard.items)).toEqual(['m2', 'm3', 'm4']) // all given when the promise resolves
      expect(subscription.gap).toBe(false)
      await publishRange(far, 't', 5, 6)
      expect(texts(await heard.until(5))).toEqual(range(2, 6))
    })

    test('since, while another publishes without pause: nothing lost, nothing twice at the seam', async () => {
      const { near, far } = await openEnds()
      const { id: since } = await far.publish('t', 'm0')
      const publishing = publishRange(far, 't', 1, 200)
      const recorders: Recorder[] = []
      for (let i = 0; i < 20; i++) {
        const heard = new Recorder()
        recorders.push(heard)
        const subscription = await near.subscribe('t', heard.listener, { since })
        expect(subscription.gap).toBe(false)
      }
      await publishing
      for (const heard of recorders) expect(texts(await heard.until(200))).toEqual(range(1, 200))
    })

    test('since is the newest id: nothing to replay, no gap', async () => {
      const { near, far } = await openEnds()
      const [since] = await publishRange(far, 't', 1, 1)
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener, { since })
      expect(subscription).toMatchObject({ gap: false, lastId: since })
      await far.publish('t', 'm2')
      expect(texts(await heard.until(1))).toEqual(['m2'])
    })

    test('lastId of a subscription that heard nothing: resumes where it started, even in a topic without messages', async () => {
      const { near, far } = await openEnds()
      for (const first of [1, 3]) {
        const quiet = await near.subscribe('t', () => {})
        await quiet.unsubscribe()
        await publishRange(far, 't', first, first + 1)
        const heard = new Recorder()
        const resumed = await near.subscribe('t', heard.listener, { since: quiet.lastId })
        expect(texts(await heard.until(2))).toEqual(range(first, first + 1))
        expect(resumed.gap).toBe(false)
      }
    })

    test('lastId: follows the messages', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener)
      const [, second] = await publishRange(far, 't', 1, 2)
      await heard.until(2)
      expect(subscription.lastId).toBe(second)
    })

    test('more missed than is kept: onGap first, then what is kept, and resuming from there has no gap', async () => {
      const { near, far } = await openEnds({ maxHistoryMessages: 3 })
      const [since] = await publishRange(far, 't', 0, 5)
      const order: string[] = []
      const subscription = await near.subscribe('t', ({ data }) => order.push(data.toString()), {
        since,
        onGap: ({ gap }) => order.push(`gap ${gap}`),
      })
      expect(order).toEqual(['gap true', 'm3', 'm4', 'm5'])
      expect(subscription.gap).toBe(true)
      const again = await near.subscribe('t', () => {}, { since: subscription.lastId })
      expect(again.gap).toBe(false)
    })

    test('exactly as many missed as are kept: no gap', async () => {
      const { near, far } = await openEnds({ maxHistoryMessages: 3 })
      const [since] = await publishRange(far, 't', 0, 3)
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener, { since })
      expect(texts(await heard.until(3))).toEqual(range(1, 3))
      expect(subscription.gap).toBe(false)
    })

    test.each([
      { since: '1-1', why: 'an id from an earlier life' },
      { since: '18446744073709551615-1', why: 'an id that is still to come' },
      { since: '', why: 'empty text' },
      { since: 'yesterday', why: 'no id' },
      { since: '-1', why: 'half an id' },
      { since: `1-${'9'.repeat(1000)}`, why: 'a number without end' },
      { since: '1-1\r\nx: y', why: 'more than an id' },
    ])('since $why: a gap and everything that is kept', async ({ since }) => {
      const { near, far } = await openEnds()
      await publishRange(far, 't', 1, 2)
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener, { since })
      expect(subscription.gap).toBe(true)
      expect(texts(heard.items)).toEqual(['m1', 'm2'])
    })

    test('an id of another hub, such as the one before a restart: a gap, also in a topic without messages', async () => {
      const [earlier, { near }] = [await openEnds(), await openEnds()]
      const { id: since } = await earlier.far.publish('t', 'm1')
      const subscription = await near.subscribe('t', () => {}, { since })
      expect(subscription.gap).toBe(true)
      const again = await near.subscribe('t', () => {}, { since: subscription.lastId })
      expect(again.gap).toBe(false)
    })

    test.each([
      { last: 0, replayed: [], why: 'none' },
      { last: 2, replayed: ['m4', 'm5'], why: 'the newest' },
      { last: 100, replayed: ['m3', 'm4', 'm5'], why: 'no more than is kept' },
    ])('last $last: $why, no gap', async ({ last, replayed }) => {
      const { near, far } = await openEnds({ maxHistoryMessages: 3 })
      await publishRange(far, 't', 1, 5)
      const heard = new Recorder()
      const subscription = await near.subscribe('t', heard.listener, { last })
      expect(texts(heard.items)).toEqual(replayed)
      expect(subscription.gap).toBe(false)
    })

    test('since and last together: since counts', async () => {
      const { near, far } = await openEnds()
      const [since] = await publishRange(far, 't', 0, 3)
      const heard = new Recorder()
      await near.subscribe('t', heard.listener, { since, last: 1 })
      expect(texts(heard.items)).toEqual(range(1, 3))
    })

    test('histories of two topics: apart', async () => {
      const { near, far } = await openEnds()
      const [since] = await publishRange(far, 'a', 0, 1)
      await far.publish('b', 'other')
      await far.publish('a', 'm2')
      const heard = new Recorder()
      await near.subscribe('a', heard.listener, { since })
      expect(texts(heard.items)).toEqual(['m1', 'm2'])
    })
  })

  describe('patterns', () => {
    test('room:*: every topic with that beginning, the bare beginning too, and no other', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      const subscription = await near.subscribe('room:*', heard.listener)
      for (const topic of ['room', 'room:', 'lobby', 'Room:1', 'room:1', 'a:room:1', 'room:1:typing']) {
        await far.publish(topic, topic)
      }
      expect(texts(await heard.until(3))).toEqual(['room:', 'room:1', 'room:1:typing'])
      expect(subscription).toMatchObject({ topic: 'room:*', lastId: undefined, gap: false })
      await subscription.unsubscribe()
      expect(await near.count('room:*')).toBe(0)
    })

    test('overlapping patterns and the topic: one message for each subscription', async () => {
      const { near, far } = await openEnds()
      const heard = new Recorder()
      for (const topic of ['*', 'r*', 'room:*', 'room:1*', 'room:1', 'room:2*'])
        await near.subscribe(topic, heard.listener)
      await far.publish('room:1', 'm1')
      const fence = new Recorder()
      await near.subscribe('fence', fence.listener)
      await far.publish('fence', 'm2')
      await fence.until(1)
      expect(texts(heard.items)).toEqual(['m1', 'm1', 'm1', 'm1', 'm1', 'm2'])
    })

    test.each([
      { options: { since: '1-1' }, why: 'since' },
      { options: { last: 1 }, why: 'last' },
    ])('$why with a pattern: refused, topics have no common history', async ({ options }) => {
      const { near } = await openEnds()
      await expect(near.subscribe('room:*', () => {}, options)).rejects.toThrow(HubInputError)
    })
  })

  describe('presence', () => {
    test('join and leave: members and events, to those who ask', async () => {
      const { near, far } = await openEnds()
      const [events, all, messages] = [new Recorder<PresenceEvent>(), new Recorder<PresenceEvent>(), new Recorder()]
      await near.subscribe('room:1', messages.listener, { onPresence: events.listener })
      await near.subscribe('room:*', messages.listener, { onPresence: all.listener })
      await near.subscribe('room:1', messages.listener)
      const ann = await far.join('room:1', 'ann')
      const bob = await far.join('room:1', 'bob')
      expect((await near.members('room:1')).toSorted()).toEqual(['ann', 'bob'])
      await ann.leave()
      expect(await near.members('room:1')).toEqual(['bob'])
      await bob.leave()
      expect(await near.members('room:1')).toEqual([])

      const seen = (await events.until(4)).map(({ type, topic, member }) => `${type} ${topic} ${member}`)
      expect(seen).toEqual(['join room:1 ann', 'join room:1 bob', 'leave room:1 ann', 'leave room:1 bob'])
      expect(await all.until(4)).toEqual(events.items)
      expect(messages.items).toEqual([])
      expect(ann).toMatchObject({ topic: 'room:1', member: 'ann' })
    })

    test('a member that joins at both ends: one join, one leave, listed once', async () => {
      const { near, far } = await openEnds()
      const events = new Recorder<PresenceEvent>()
      await near.subscribe('t', () => {}, { onPresence: events.listener })
      const first = await near.join('t', 'ann')
      const second = await far.join('t', 'ann')
      expect(await near.members('t')).toEqual(['ann'])
      await first.leave()
      await first.leave() // the second membership is not this one's to take back
      expect(await far.members('t')).toEqual(['ann'])
      await second.leave()
      expect(await far.members('t')).toEqual([])
      expect((await events.until(2)).map(({ type }) => type)).toEqual(['join', 'leave'])
    })

    test('leave() called again while its event is given: still one membership', async () => {
      const { near, far } = await openEnds()
      const mine = await near.join('t', 'ann')
      const events = new Recorder<PresenceEvent>()
      await near.subscribe('t', () => {}, {
        onPresence: (event) => {
          events.listener(event)
          if (event.type === 'leave') void mine.leave()
          if (event.type === 'leave') void far.join('t', 'ann')
        },
      })
      await mine.leave()
      await events.until(2)
      expect(await far.members('t')).toEqual(['ann'])
    })

    test('an onPresence that throws: told to onError, the others hear the event', async () => {
      const errors: unknown[] = []
      const { near, far } = await openEnds({ onError: (error) => errors.push(error) })
      const events = new Recorder<PresenceEvent>()
      const failure = new Error('presence')
      await near.subscribe('t', () => {}, {
        onPresence: () => {
          throw failure
        },
      })
      await near.subscribe('t', () => {}, { onPresence: events.listener })
      await far.join('t', 'ann')
      await events.until(1)
      expect(errors).toEqual([failure])
    })
  })

  describe('count', () => {
    test('subscriptions of exactly this topic or pattern, at both ends', async () => {
      const { near, far } = await openEnds()
      expect(await near.count('room:1')).toBe(0)
      const first = await near.subscribe('room:1', () => {})
      await far.subscribe('room:1', () => {})
      await near.subscribe('room:*', () => {})
      expect([await near.count('room:1'), await far.count('room:1'), await far.count('room:*')]).toEqual([2, 2, 1])
      await first.unsubscribe()
      expect(await far.count('room:1')).toBe(1)
    })
  })

  describe('refused', () => {
    const NOT_TOPICS = ['', 'a*b', '**', 'a\nb', 'a\0', '\ud800', 'x'.repeat(257)]

    test.each([...NOT_TOPICS, '*', 'room:*'])('%j: no topic to publish to or join', async (topic) => {
      const { near } = await openEnds()
      await expect(near.publish(topic, 'm')).rejects.toThrow(HubInputError)
      await expect(near.join(topic, 'ann')).rejects.toThrow(HubInputError)
      await expect(near.members(topic)).rejects.toThrow(HubInputError)
    })

    test.each(NOT_TOPICS)('%j: neither topic nor pattern', async (topic) => {
      const { near } = await openEnds()
      await expect(near.subscribe(topic, () => {})).rejects.toThrow(HubInputError)
      await expect(near.count(topic)).rejects.toThrow(HubInputError)
    })

    test.each([7, null, undefined, { a: 1 }, [1], new ArrayBuffer(1)])('%o: no message', async (message) => {
      const { near } = await openEnds()
      const published = near.publish('t', message as unknown as string) // what a JavaScript caller may pass
      await expect(published).rejects.toThrow(HubInputError)
    })

    test.each(['', 'x'.repeat(1025)])('a name of wrong length: no member, no sender', async (name) => {
      const { near } = await openEnds()
      await expect(near.join('t', name)).rejects.toThrow(HubInputError)
      await expect(near.publish('t', 'm', { sender: name })).rejects.toThrow(HubInputError)
    })

    test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('last %d: no number of messages', async (last) => {
      const { near } = await openEnds()
      await expect(near.subscribe('t', () => {}, { last })).rejects.toThrow(HubInputError)
    })

    test('since that is no text: no id', async () => {
      const { near } = await openEnds()
      const options = { since: 7 as unknown as string } // what a JavaScript caller may pass
      await expect(near.subscribe('t', () => {}, options)).rejects.toThrow(HubInputError)
    })
  })

  describe('close', () => {
    test('a closed hub: refuses work, keeps quiet about what ends anyway, closes twice', async () => {
      const { near } = await openEnds()
      const subscription = await near.subscribe('t', () => {})
      const membership = await near.join('t', 'ann')
      await near.close()
      await near.close()
      await expect(near.publish('t', 'm')).rejects.toThrow(HubClosedError)
      await expect(near.subscribe('t', () => {})).rejects.toThrow(HubClosedError)
      await expect(near.join('t', 'ann')).rejects.toThrow(HubClosedError)
      await expect(near.members('t')).rejects.toThrow(HubClosedError)
      await expect(near.count('t')).rejects.toThrow(HubClosedError)
      await subscription.unsubscribe()
      await membership.leave()
    })

    test('closed in a listener: no further listener is called', async () => {
      const { near, far } = await openEnds()
      const [closing, after] = [new Recorder(), new Recorder()]
      await near.subscribe('t', (message) => {
        closing.listener(message)
        void near.close()
      })
      await near.subscribe('t', after.listener)
      await far.publish('t', 'm1')
      await closing.until(1)
      expect(after.items).toEqual([])
    })

    test('await using: closes', async () => {
      const { near } = await openEnds()
      await near[Symbol.asyncDispose]()
      await expect(near.publish('t', 'm')).rejects.toThrow(HubClosedError)
    })
  })
})
