import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { HubLimitError, HubOptionError, MemoryHub, type MemoryHubOptions } from './index.ts'

describe('MemoryHubOptions', () => {
  test.each([
    {
      options: { maxHistoryMessages: -1 },
      text: 'maxHistoryMessages must be a whole number from 0 to 9007199254740991, got -1',
    },
    { options: { maxHistorySize: 1.5 }, text: 'maxHistorySize must be' },
    { options: { maxHistoryAge: 0 }, text: 'maxHistoryAge must be a whole number from 1 to 2147483647, got 0' },
    { options: { maxHistoryAge: 2 ** 31 }, text: 'got 2147483648' },
    { options: { maxHistoryTotalSize: '1' }, text: "got '1'" },
    { options: { maxHistoryTopics: 0 }, text: 'maxHistoryTopics must be' },
    { options: { maxSubscriptions: 0 }, text: 'maxSubscriptions must be' },
    { options: { maxMemberships: Number.NaN }, text: 'got NaN' },
    { options: { maxMemberships: 10n }, text: 'got 10n' },
    { options: { onError: 'log' }, text: 'onError must be a function, got string' },
    {
      options: { maxHistorySize: 10, maxHistoryTotalSize: 9 },
      text: 'must not exceed maxHistoryTotalSize, got 10 and 9',
    },
    { options: { maxHistory: 5 }, text: 'MemoryHubOptions has no option maxHistory' },
    { options: JSON.parse('{"__proto__": 1}') as object, text: 'MemoryHubOptions has no option __proto__' },
  ])('$options: refused', ({ options, text }) => {
    const construct = (): MemoryHub => new MemoryHub(options as unknown as MemoryHubOptions) // what a JavaScript caller may pass
    expect(construct).toThrow(HubOptionError)
    expect(construct).toThrow(text)
  })

  test('undefined: the default', async () => {
    await using hub = new MemoryHub({ maxHistoryMessages: undefined, onError: undefined })
    await hub.publish('t', 'm1')
    const heard: unknown[] = []
    await hub.subscribe('t', ({ data }) => heard.push(data), { last: 1 })
    expect(heard).toEqual(['m1'])
  })
})

describe('limits', () => {
  test('maxSubscriptions: one more is refused, until one ends', async () => {
    await using hub = new MemoryHub({ maxSubscriptions: 2 })
    const first = await hub.subscribe('a', () => {})
    await hub.subscribe('b*', () => {})
    const refused = hub.subscribe('c', () => {})
    await expect(refused).rejects.toThrow(HubLimitError)
    await expect(refused).rejects.toMatchObject({ limit: 'maxSubscriptions', code: 'TYPHOON_HUB_LIMIT' })
    expect(await hub.count('c')).toBe(0)
    await first.unsubscribe()
    await hub.subscribe('c', () => {})
  })

  test('maxMemberships: one more is refused, also for a member who is there, until one is left', async () => {
    await using hub = new MemoryHub({ maxMemberships: 2 })
    const first = await hub.join('t', 'ann')
    await hub.join('t', 'ann')
    await expect(hub.join('t', 'ann')).rejects.toMatchObject({ limit: 'maxMemberships' })
    await first.leave()
    await hub.join('t', 'bob')
    expect(await hub.members('t')).toEqual(['ann', 'bob'])
  })

  test('maxHistoryMessages 0: heard live, never replayed, missing is a gap', async () => {
    await using hub = new MemoryHub({ maxHistoryMessages: 0 })
    const heard: unknown[] = []
    const live = await hub.subscribe('t', ({ data }) => heard.push(data))
    const { id: first } = await hub.publish('t', 'm1')
    const { id: second } = await hub.publish('t', 'm2')
    expect(heard).toEqual(['m1', 'm2'])
    expect(live.lastId).toBe(second)
    expect((await hub.subscribe('t', () => {}, { since: second })).gap).toBe(false)
    expect((await hub.subscribe('t', () => {}, { since: first })).gap).toBe(true)
  })
})

describe('publish', () => {
  test('listeners have been called when publish() returns its promise', async () => {
    await using hub = new MemoryHub()
    const heard: unknown[] = []
    await hub.subscribe('t', ({ data }) => heard.push(data))
    const published = hub.publish('t', 'm1')
    expect(heard).toEqual(['m1'])
    await published
  })

  test('a listener that throws, without onError: an uncaught exception, after the other listeners', async () => {
    await using hub = new MemoryHub()
    const heard: unknown[] = []
    const failure = new Error('listener')
    await hub.subscribe('t', () => {
      throw failure
    })
    await hub.subscribe('t', ({ data }) => heard.push(data))
    const uncaught = nextUncaught()
    await hub.publish('t', 'm1')
    expect(heard).toEqual(['m1'])
    expect(await uncaught).toBe(failure)
  })

  test('an onError that throws: an uncaught exception, and the hub goes on', async () => {
    const failure = new Error('handler')
    await using hub = new MemoryHub({
      onError: () => {
        throw failure
      },
    })
    await hub.subscribe('t', () => {
      throw new Error('listener')
    })
    const heard: unknown[] = []
    await hub.subscribe('t', ({ data }) => heard.push(data))
    const uncaught = nextUncaught()
    await hub.publish('t', 'm1')
    expect(await uncaught).toBe(failure)
    expect(heard).toEqual(['m1'])
  })

  test('an onGap that throws: told to onError, the replay follows', async () => {
    const errors: unknown[] = []
    await using hub = new MemoryHub({ onError: (error) => errors.push(error) })
    await hub.publish('t', 'm1')
    const heard: unknown[] = []
    const failure = new Error('gap')
    await hub.subscribe('t', ({ data }) => heard.push(data), {
      since: '1-1',
      onGap: () => {
        throw failure
      },
    })
    expect(errors).toEqual([failure])
    expect(heard).toEqual(['m1'])
  })

  test('a long chain of listeners that publish: no recursion', async () => {
    await using hub = new MemoryHub()
    let rounds = 0
    await hub.subscribe('t', () => {
      if (++rounds < 50_000) void hub.publish('t', 'again')
    })
    await hub.publish('t', 'start')
    expect(rounds).toBe(50_000)
  })
})

describe('memory', () => {
  test('50,000 topics that were listened to and joined, then left: nothing stays', async () => {
    await using hub = new MemoryHub()
    const collect = garbageCollector()
    const visit = async (topic: string): Promise<void> => {
      const subscriptions = [
        await hub.subscribe(topic, () => {}, { onPresence: () => {} }),
        await hub.subscribe(`${topic}*`, () => {}),
      ]
      const membership = await hub.join(topic, 'ann')
      await membership.leave()
      for (const subscription of subscriptions) await subscription.unsubscribe()
    }
    await visit('warm up')
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 50_000; i++) await visit(`topic ${i}`)
    collect()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024) // a kept Map or Set each: 10 MiB and more
  })

  test('200,000 topics that were published to: no more than maxHistoryTopics are remembered', async () => {
    await using hub = new MemoryHub({ maxHistoryTopics: 100 })
    const collect = garbageCollector()
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200_000; i++) await hub.publish(`topic ${i}`, 'm')
    collect()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024)
  })
})

/** Node's own collector, without a flag on the command line. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** Takes the next uncaught exception, which the test runner would report as its own failure. */
function nextUncaught(): Promise<unknown> {
  const others = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[]
  process.removeAllListeners('uncaughtException')
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const other of others) process.on('uncaughtException', other)
      resolve(error)
    })
  })
}
