/** ClusterHub between processes that live, stall and die. This process is the first one; it forks the workers. */
import cluster from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterHub, type ClusterHubOptions, HubClosedError, HubLimitError, HubOptionError } from '@typhoon/pubsub'
import { afterEach, describe, expect, test } from 'vitest'
import { HubWorker, type RemoteHub } from './hub-worker.ts'
import { Recorder, range, texts } from './recorder.ts'

const started: HubWorker[] = []
const opened: ClusterHub[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((hub) => hub.close()))
  await Promise.all(started.splice(0).map((worker) => worker.kill()))
})

function openHub(options: ClusterHubOptions): ClusterHub {
  const hub = new ClusterHub(options)
  opened.push(hub)
  return hub
}

async function fork(): Promise<HubWorker> {
  const worker = await HubWorker.start()
  started.push(worker)
  return worker
}

async function twoWorkers(options: Omit<ClusterHubOptions, 'onError'> = {}) {
  const name = randomUUID()
  const hub = openHub({ ...options, name })
  const workers = await Promise.all([fork(), fork()])
  const [first, second] = await Promise.all(workers.map((worker) => worker.open({ ...options, name })))
  return { name, hub, workers, first: first as RemoteHub, second: second as RemoteHub } // two of each
}

describe('workers', () => {
  test('text and bytes published in one: heard in the other, with one id everywhere', async () => {
    const { hub, first, second } = await twoWorkers()
    const [there, here] = [new Recorder(), new Recorder()]
    await second.subscribe('t', there.listener)
    await hub.subscribe('*', here.listener)
    const { id } = await first.publish('t', 'Grüße \ud800', { sender: 'ann' })
    await first.publish('t', Buffer.from([0, 0xff, 0xc3, 0x28]))
    expect((await there.until(2)).map(({ data }) => data)).toEqual(['Grüße \ud800', Buffer.from([0, 0xff, 0xc3, 0x28])])
    expect(there.items[0]).toMatchObject({ id, sender: 'ann', topic: 't' })
    expect((await here.until(2)).map((message) => message.id)).toEqual(there.items.map((message) => message.id))
  })

  test('since while another worker publishes without pause: nothing lost, nothing twice at the seam', async () => {
    const { first, second } = await twoWorkers({ maxHistoryMessages: 5000 })
    const { id: since } = await first.publish('t', 'm0')
    const publishing = first.publishMany('t', 3000)
    const recorders: Recorder[] = []
    for (let i = 0; i < 10; i++) {
      const heard = new Recorder()
      recorders.push(heard)
      const { gap } = await second.subscribe('t', heard.listener, { since })
      expect(gap).toBe(false)
    }
    await publishing
    for (const heard of recorders) expect(texts(await heard.until(3000))).toEqual(range(1, 3000))
  })

  test('a worker that is killed: its members leave, its subscriptions are gone, one resumes elsewhere', async () => {
    const { hub, workers, first, second } = await twoWorkers()
    const events = new Recorder<{ type: string; member: string }>()
    await hub.subscribe('t', () => {}, { onPresence: events.listener })
    const heard = new Recorder()
    await first.subscribe('t', heard.listener)
    await first.join('t', 'ann')
    await second.join('t', 'bob')
    await second.publish('t', 'm1')
    const [{ id: since } = { id: '' }] = await heard.until(1)
    expect(await hub.count('t')).toBe(2)

    await workers[0]?.kill()
    expect((await events.until(3)).map(({ type, member }) => `${type} ${member}`)).toEqual([
      'join ann',
      'join bob',
      'leave ann',
    ])
    expect(await second.members('t')).toEqual(['bob'])
    expect(await second.count('t')).toBe(1)
    await hub.publish('t', 'm2')
    const resumed = new Recorder()
    const { gap } = await second.subscribe('t', resumed.listener, { since })
    expect(texts(await resumed.until(1))).toEqual(['m2'])
    expect(gap).toBe(false)
  })

  test('a hub closed in one worker: as if the worker were gone, the other hubs go on', async () => {
    const { hub, first, second } = await twoWorkers()
    await first.join('t', 'ann')
    await first.subscribe('t*', () => {})
    await first.close()
    expect(await second.members('t')).toEqual([])
    expect(await hub.count('t*')).toBe(0)
    await expect(first.publish('t', 'm')).rejects.toThrow(HubClosedError)
    expect(await second.publish('t', 'm')).toMatchObject({ topic: 't' })
  })
})

describe('the first process', () => {
  test('its hub is closed: HubClosedError for all that the workers ask, quiet ends', async () => {
    const { hub, first } = await twoWorkers()
    const membership = await first.join('t', 'ann')
    const subscription = await first.subscribe('t', () => {})
    await hub.close()
    await expect(first.publish('t', 'm')).rejects.toThrow(HubClosedError)
    await expect(first.members('t')).rejects.toThrow(HubClosedError)
    await membership.leave()
    await subscription.unsubscribe()
    await first.close()
  })

  test('its hub comes later than that of the worker: requests wait for it', async () => {
    const name = randomUUID()
    const worker = await fork()
    const early = await worker.open({ name })
    const published = early.publish('t', 'm1')
    await worker.open({ name: randomUUID() }) // the publication has been asked for by now
    const hub = openHub({ name })
    const { id } = await published
    const heard = new Recorder()
    await hub.subscribe('t', heard.listener, { last: 1 })
    expect(heard.items.map((message) => message.id)).toEqual([id])
  })

  test('it has no such hub: HubClosedError after connectTimeout', async () => {
    const worker = await fork()
    const lonely = await worker.open({ name: randomUUID(), connectTimeout: 10 })
    await expect(lonely.publish('t', 'm')).rejects.toThrow(HubClosedError)
  })

  test('two names: nothing in common', async () => {
    const { hub, workers } = await twoWorkers()
    const name = randomUUID()
    openHub({ name })
    const other = await workers[0]?.open({ name })
    const heard = new Recorder()
    await hub.subscribe('t', heard.listener)
    await other?.publish('t', 'other')
    await hub.publish('t', 'm1')
    expect(texts(await heard.until(1))).toEqual(['m1'])
  })
})

describe('limits', () => {
  test('more published at once than maxQueueSize: refused, and all that was accepted is heard', async () => {
    const name = randomUUID()
    const hub = openHub({ name, maxQueueSize: 10_000 })
    const heard = new Recorder()
    await hub.subscribe('t', heard.listener)
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => hub.publish('t', 'x'.repeat(1000))))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused[0]?.reason).toBeInstanceOf(HubLimitError)
    expect(refused[0]?.reason).toMatchObject({ limit: 'maxQueueSize' })
    expect(heard.items).toHaveLength(20 - refused.length)
    expect(await hub.publish('t', 'room again')).toMatchObject({ topic: 't' })
  })

  test.each([
    { kept: 100, gap: true, why: 'a gap, and then what the history has' },
    { kept: 10_000, gap: false, why: 'the rest comes from the history, without a gap' },
  ])('a worker that reads nothing while 32 MiB are published, $kept kept: $why', async ({ kept, gap }) => {
    const folder = await mkdtemp(join(tmpdir(), 'hub-'))
    const limits = { maxHistoryMessages: kept, maxHistorySize: 2 ** 26, maxQueueSize: 2 ** 20 }
    const { hub, workers, first } = await twoWorkers(limits)
    const events = new Recorder<string>()
    await first.subscribe('t', ({ data }) => events.listener(data.toString().trimEnd()), {
      onGap: () => events.listener('gap'),
    })
    const go = join(folder, 'go')
    const answered = workers[0]?.call({ call: 'block', hub: 0, data: go })
    await Promise.all([answered, workers[0]?.blocked])
    for (let i = 1; i <= 1000; i++) await hub.publish('t', `m${i}`.padEnd(32_768))
    await writeFile(go, '')
    await events.includes('m1000')
    const numbers = events.items.filter((text) => text !== 'gap').map((text) => Number(text.slice(1)))
    expect(events.items.filter((text) => text === 'gap')).toHaveLength(gap ? 1 : 0)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    expect(numbers.length === 1000).toBe(!gap)
    await rm(folder, { recursive: true })
  })

  test('maxMemberships and maxSubscriptions: for all processes together', async () => {
    const { hub, first, second } = await twoWorkers({ maxMemberships: 2, maxSubscriptions: 2 })
    await first.join('t', 'ann')
    await second.join('t', 'bob')
    await expect(first.join('t', 'cid')).rejects.toThrow('maxMemberships is 2')
    await first.subscribe('t', () => {})
    await second.subscribe('u', () => {})
    await expect(hub.subscribe('v', () => {})).rejects.toThrow(HubLimitError)
  })

  test.each([
    { options: { maxQueueSize: 0 }, why: 'no queue' },
    { options: { connectTimeout: 2 ** 31 }, why: 'a timer that Node does not have' },
    { options: { name: 7 }, why: 'a name that is no text' },
    { options: { size: 1 }, why: 'an unknown name' },
  ])('$why: refused', ({ options }) => {
    expect(() => new ClusterHub(options as ClusterHubOptions)).toThrow(HubOptionError)
  })
})

test('hubs that come and go: no listener on the process or the cluster is left', async () => {
  const before = cluster.listenerCount('message')
  for (let i = 0; i < 20; i++) await new ClusterHub({ name: randomUUID() }).close()
  expect(cluster.listenerCount('message')).toBe(before)
})
