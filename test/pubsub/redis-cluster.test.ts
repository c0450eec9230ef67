/** RedisHub on a real Redis Cluster: where messages are, slots that move, and a node that is gone for a while. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { HubUnavailableError, type PresenceEvent } from '@typhoon/pubsub'
import { RedisHub } from '@typhoon/pubsub/redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Recorder, range, texts } from './recorder.ts'
import { hasRedis, RedisClusterServers, type RedisServer } from './redis-server.ts'

describe.skipIf(!hasRedis())('RedisHub on a Redis Cluster', () => {
  let servers: RedisClusterServers
  const opened: RedisHub[] = []

  beforeAll(async () => {
    servers = await RedisClusterServers.start()
  }, 60_000)
  afterAll(() => servers?.remove())
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((hub) => hub.close()))
  })

  function open(prefix: string, cluster: readonly string[] = servers.urls): RedisHub {
    const hub = new RedisHub({ cluster, prefix, maxHistoryMessages: 100_000, leaseTime: 2000 })
    opened.push(hub)
    return hub
  }

  /** The node that serves the messages of a topic, and their slot. */
  async function whereIs(prefix: string, topic: string): Promise<{ node: RedisServer; slot: string }> {
    const [first] = servers.nodes
    const [slot = ''] = (await first?.ask('CLUSTER', 'KEYSLOT', `${prefix}{:${topic}}`)) ?? []
    for (const node of servers.nodes) {
      const [keys] = await node.ask('EXISTS', `${prefix}{:${topic}}stream`)
      if (keys?.startsWith('MOVED') === false) return { node, slot }
    }
    throw new Error(`no node serves ${topic}`)
  }

  test('sixty topics: on all nodes; each message stays in its shard, and goes to all only for patterns', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix), open(prefix, servers.urls.slice(2))]
    const heard = new Recorder()
    const topics = Array.from({ length: 60 }, (_, i) => `room:${i}`)
    for (const topic of topics) await near.subscribe(topic, heard.listener)
    await Promise.all(topics.map((topic) => far.publish(topic, topic)))
    expect(texts(await heard.until(60)).toSorted()).toEqual(topics.toSorted())
    for (const node of servers.nodes) {
      expect((await node.ask('PUBSUB', 'SHARDCHANNELS', `${prefix}*`)).length).toBeGreaterThan(5)
      expect((await node.ask('KEYS', `${prefix}{:*stream`)).length).toBeGreaterThan(5)
      expect(await node.ask('PUBSUB', 'CHANNELS', `${prefix}*`)).toEqual([''])
    }

    const all = new Recorder()
    const pattern = await far.subscribe('room:*', all.listener)
    await Promise.all(topics.map((topic) => far.publish(topic, topic)))
    expect(texts(await all.until(60)).toSorted()).toEqual(topics.toSorted())
    expect(texts(await heard.until(120))).toHaveLength(120)
    await pattern.unsubscribe()
    for (const node of servers.nodes) expect(await node.ask('PUBSUB', 'NUMPAT')).toEqual(['0'])
  })

  test('a slot moves to another node under messages: each is heard once, in order, and presence goes on', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix), open(prefix)]
    const [heard, presence] = [new Recorder(), new Recorder<PresenceEvent>()]
    const subscription = await near.subscribe('t', heard.listener, { onPresence: presence.listener })
    const { node: source, slot } = await whereIs(prefix, 't')
    const target = servers.nodes.find((node) => node !== source) as RedisServer // there are three
    const [[from = ''], [to = '']] = await Promise.all([source.ask('CLUSTER', 'MYID'), target.ask('CLUSTER', 'MYID')])
    let count = 0
    const publish = async (until: () => boolean): Promise<void> => {
      while (!until()) await far.publish('t', `m${++count}`)
    }
    const during = async (step: () => Promise<unknown>): Promise<void> => {
      let isDone = false
      const stepping = step().finally(() => {
        isDone = true
      })
      const start = count
      await publish(() => isDone && count >= start + 20)
      await stepping
    }

    await publish(() => count === 100)
    await during(() => target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from))
    await during(() => source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to))
    const keys = [`${prefix}{:t}stream`, `${prefix}{:t}head`]
    await during(() => source.ask('MIGRATE', '127.0.0.1', String(target.port), '', '0', '5000', 'KEYS', ...keys))
    await during(() => target.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to))
    await during(() => source.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to))
    await far.join('t', 'ann')
    expect((await presence.until(1)).map(({ type, member }) => `${type} ${member}`)).toEqual(['join ann'])
    expect(texts(await heard.until(count))).toEqual(range(1, count))
    expect(subscription.gap).toBe(false)
    expect((await whereIs(prefix, 't')).node).toBe(target)
    const late = new Recorder()
    await far.subscribe('t', late.listener, { since: heard.items[49]?.id })
    expect(texts(late.items)).toEqual(range(51, count))
  })

  test('a node is killed and restarted: errors for its topics alone; what was acknowledged is heard, and who has come and gone', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix), open(prefix)]
    const topics = Array.from({ length: 12 }, (_, i) => `room:${i}`)
    const [heard, gaps] = [new Recorder(), new Recorder<string>()]
    const members = new Map(topics.map((topic) => [topic, new Set<string>()]))
    for (const topic of topics) {
      await near.subscribe(topic, heard.listener, {
        onPresence: ({ type, member }) => members.get(topic)?.[type === 'join' ? 'add' : 'delete'](member),
        onGap: () => gaps.listener(topic),
      })
    }
    await near.subscribe('room:*', () => {}, { onGap: () => gaps.listener('room:*') })
    const early = await Promise.all(topics.map((topic) => far.join(topic, 'ann')))
    const { node } = await whereIs(prefix, 'room:0')
    const served = []
    for (const topic of topics) if ((await whereIs(prefix, topic)).node === node) served.push(topic)
    expect(served.length).toBeLessThan(topics.length)

    const acknowledged: string[] = []
    const failed = new Map<string, unknown>()
    const publishAll = async (round: string): Promise<void> => {
      const attempts = topics.map(async (topic) => {
        await far.publish(topic, `${round} ${topic}`)
        acknowledged.push(`${round} ${topic}`)
      })
      const results = await Promise.allSettled(attempts)
      for (const [i, result] of results.entries()) {
        if (result.status === 'rejected') failed.set(topics[i] ?? '', result.reason)
      }
    }
    await publishAll('before')
    await node.kill()
    await publishAll('while it is gone')
    expect([...failed.keys()].toSorted()).toEqual(served.toSorted())
    expect([...failed.values()].every((error) => error instanceof HubUnavailableError)).toBe(true)
    await node.restart()
    await node.logged('Cluster state changed: ok')
    await gaps.until(1)
    while (failed.size > 0) {
      failed.clear()
      await publishAll(randomUUID())
    }
    await heard.until(acknowledged.length)
    expect(new Set(texts(heard.items))).toEqual(new Set([...acknowledged, ...texts(heard.items)]))
    expect(new Set(texts(heard.items)).size).toBe(heard.items.length)
    expect(new Set(gaps.items)).toEqual(new Set(['room:*']))

    await Promise.all(early.slice(1).map((membership) => membership.leave()))
    const bob = await far.join('room:1', 'bob')
    for (const [i, topic] of topics.entries()) {
      const expected = i === 0 ? ['ann'] : i === 1 ? ['bob'] : []
      expect(await near.members(topic)).toEqual(expected)
    }
    await bob.leave()
  }, 60_000)

  test('a replica takes the place of its master under messages: what was acknowledged is heard once, in order', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix), open(prefix)]
    const heard = new Recorder()
    const subscription = await near.subscribe('t', heard.listener)
    const { node: master } = await whereIs(prefix, 't')
    const replica = await servers.addReplica(master)
    const acknowledged: string[] = []
    const failures: unknown[] = []
    let [count, isOver] = [0, false]
    const publishing = (async () => {
      while (!isOver || acknowledged.at(-1) !== `m${count}`) {
        const text = `m${++count}`
        await far.publish('t', text).then(
          () => acknowledged.push(text),
          (error: unknown) => failures.push(error),
        )
        if (failures.length > 0) await nextTurn() // the connection comes back in turns of the event loop
      }
    })()
    await replica.ask('CLUSTER', 'FAILOVER')
    await replica.logged('Failover election won')
    await master.kill()
    isOver = true
    await publishing
    await heard.includes(acknowledged.at(-1), ({ data }) => data.toString())
    expect(failures.every((error) => error instanceof HubUnavailableError)).toBe(true)
    const got = texts(heard.items)
    expect(acknowledged.filter((text) => !got.includes(text))).toEqual([])
    expect(new Set(got).size).toBe(got.length)
    expect(got.map((text) => Number(text.slice(1)))).toEqual(
      got.map((text) => Number(text.slice(1))).toSorted((a, b) => a - b),
    )
    expect(subscription.gap).toBe(false)
    await master.restart() // as a replica
    await master.logged('MASTER <-> REPLICA sync: Finished with success')
    await master.ask('CLUSTER', 'FAILOVER')
    await master.logged('Failover election won')
    await far.publish('t', 'last')
    await heard.includes('last', ({ data }) => data.toString())
    await replica.remove()
  }, 60_000)

  test('no node there: HubUnavailableError, and none of them alone is enough to say so', async () => {
    const lost = open(randomUUID(), ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'])
    await expect(lost.publish('t', 'm')).rejects.toThrow(HubUnavailableError)
    const found = open(randomUUID(), ['redis://127.0.0.1:1', ...servers.urls.slice(1, 2)])
    await expect(found.publish('t', 'm')).resolves.toMatchObject({ topic: 't' })
  })
})
