/** RedisHub with a real Redis that is killed and restarted. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { HubOptionError, HubUnavailableError, type PresenceEvent } from '@typhoon/pubsub'
import { RedisHub, type RedisHubOptions } from '@typhoon/pubsub/redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Recorder, texts } from './recorder.ts'
import { hasRedis, RedisServer } from './redis-server.ts'

describe.skipIf(!hasRedis())('RedisHub', () => {
  let server: RedisServer
  const opened: RedisHub[] = []

  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.remove())
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((hub) => hub.close()))
  })

  function open(prefix: string, options: Partial<RedisHubOptions> = {}): RedisHub {
    const hub = new RedisHub({ url: server.url, prefix, ...options })
    opened.push(hub)
    return hub
  }

  test('Redis is killed and restarted in a stream of messages: nothing acknowledged is lost or twice, each failure is told', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix, { maxHistoryMessages: 10_000 }), open(prefix, { maxHistoryMessages: 10_000 })]
    const heard = new Recorder()
    const subscription = await near.subscribe('t', heard.listener)
    const acknowledged: string[] = []
    const failures: unknown[] = []
    let restarted: Promise<void> | undefined
    for (let i = 1; acknowledged.length < 600; i++) {
      const text = `m${i}`
      await far.publish('t', text).then(
        () => acknowledged.push(text),
        (error: unknown) => failures.push(error),
      )
      if (i === 200) restarted = server.kill().then(() => server.restart())
      if (failures.length > 0) await nextTurn() // the connection comes back in turns of the event loop
    }
    await restarted
    await heard.includes(acknowledged.at(-1) ?? '', ({ data }) => data.toString())
    const got = texts(heard.items)
    expect(failures.length).toBeGreaterThan(0)
    expect(failures.every((error) => error instanceof HubUnavailableError)).toBe(true)
    expect(new Set(got).size).toBe(got.length)
    expect(acknowledged.filter((text) => !got.includes(text))).toEqual([])
    expect(subscription.gap).toBe(false)
  })

  test('a restart while nobody publishes: what came from others meanwhile is given, a pattern is told of a gap', async () => {
    const prefix = randomUUID()
    const near = open(prefix)
    const [heard, gaps] = [new Recorder(), new Recorder<string>()]
    await near.subscribe('t', heard.listener)
    await near.subscribe('o*', () => {}, { onGap: () => gaps.listener('gap') })
    await server.kill()
    await server.restart()
    await gaps.until(1)
    await open(prefix).publish('t', 'm1')
    expect(texts(await heard.until(1))).toEqual(['m1'])
  })

  test('the connection for messages is cut while somebody comes and somebody goes: both are told, without a gap', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix), open(prefix)]
    const [events, gaps] = [new Recorder<PresenceEvent>(), new Recorder<string>()]
    const ann = await far.join('t', 'ann')
    await near.subscribe('t', () => {}, { onPresence: events.listener, onGap: () => gaps.listener('gap') })
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await Promise.all([far.join('t', 'bob'), ann.leave()])
    const told = (await events.until(2)).map(({ type, topic, member }) => `${type} ${topic} ${member}`)
    expect(told.toSorted()).toEqual(['join t bob', 'leave t ann'])
    await far.join('t', 'cid')
    expect(await events.until(3)).toHaveLength(3)
    expect(gaps.items).toEqual([])
  })

  test('a process that is killed: when its lease runs out, its member leaves and its subscription is not counted', async () => {
    const prefix = randomUUID()
    const near = open(prefix, { leaseTime: 300 })
    const events = new Recorder<{ type: string; member: string }>()
    await near.subscribe('t', () => {}, { onPresence: events.listener })
    const file = fileURLToPath(new URL('fixtures/redis-member.ts', import.meta.url))
    const args = ['--import', 'tsx', '--conditions=typhoon-source', file, server.url, prefix]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect([await near.members('t'), await near.count('u')]).toEqual([['ann'], 1])
    child.kill('SIGKILL')
    expect((await events.until(2)).map(({ type, member }) => `${type} ${member}`)).toEqual(['join ann', 'leave ann'])
    expect([await near.members('t'), await near.count('u')]).toEqual([[], 0])
  })

  test('a Redis that does not answer: HubUnavailableError after requestTimeout, and a listener gets what it missed', async () => {
    const prefix = randomUUID()
    const [near, far] = [open(prefix, { requestTimeout: 300 }), open(prefix, { requestTimeout: 300 })]
    const [heard, gaps] = [new Recorder(), new Recorder<string>()]
    await near.subscribe('t', heard.listener)
    await near.subscribe('o*', () => {}, { onGap: () => gaps.listener('gap') })
    await far.publish('t', 'm1')
    server.pause(true)
    await expect(far.publish('t', 'm2')).rejects.toThrow(HubUnavailableError)
    const hasLeft = near.publish('t', 'm3') // and again, by which the listener's connections have been given up
    await expect(hasLeft).rejects.toThrow(HubUnavailableError)
    server.pause(false)
    await gaps.until(1) // told by nothing but a new connection
    await open(prefix).publish('t', 'm4')
    await heard.includes('m4', ({ data }) => data.toString())
    const got = texts(heard.items)
    expect(got.filter((text) => text !== 'm2' && text !== 'm3')).toEqual(['m1', 'm4'])
    expect(new Set(got).size).toBe(got.length)
  })

  test('no Redis there: HubUnavailableError', async () => {
    const hub = open(randomUUID(), { url: 'redis://127.0.0.1:1' })
    await expect(hub.publish('t', 'm')).rejects.toThrow(HubUnavailableError)
  })

  test.each(['a[b]?', 'back\\slash'])('%j in a topic: no special meaning in a pattern', async (topic) => {
    const hub = open(randomUUID())
    const heard = new Recorder()
    await hub.subscribe(`${topic}*`, heard.listener)
    await hub.publish('ab?', 'other')
    await hub.publish(`${topic}1`, 'm1')
    expect(texts(await heard.until(1))).toEqual(['m1'])
  })
})

test.each([
  {},
  { url: '' },
  { url: 'http://x' },
  { url: 'redis://[' },
  { url: 'redis://x', cluster: ['redis://y'] },
  { cluster: [] },
  { cluster: ['x:6379'] },
  { cluster: 'redis://x' },
  { url: 'redis://x', prefix: '{a}' },
  { url: 'redis://x', leaseTime: 1 },
  { url: 'redis://x', requestTimeout: 0 },
  { url: 'redis://x', size: 1 },
])('%j: refused', (options) => {
  expect(() => new RedisHub(options as RedisHubOptions)).toThrow(HubOptionError)
})
