import { describe, expect, test } from 'vitest'
import { OptionError } from '../options.ts'
import { TestLog } from '../testing.ts'
import { IOLoop } from './io-loop.ts'
import { PeriodicCallback, type PeriodicCallbackOptions } from './periodic-callback.ts'

const loop = IOLoop.current()

/** Collects what `record()` is given until there are `count` values. */
function collector(count: number) {
  const values: number[] = []
  let done: () => void
  const all = new Promise<number[]>((resolve) => {
    done = () => resolve(values)
  })
  const record = (value: number) => {
    if (values.push(value) === count) done()
  }
  return { all, record }
}

/** Holds up the loop, as a busy handler does. */
function block(time: number): void {
  const until = performance.now() + time
  while (performance.now() < until);
}

describe('PeriodicCallback (Tornado: PeriodicCallback)', () => {
  test('start: called one interval later and then on the beat', async () => {
    const { all, record } = collector(4)
    const begun = loop.time()
    using beat = new PeriodicCallback(() => record(loop.time() - begun), 20)
    beat.start()
    expect(beat.isRunning).toBe(true)
    const times = await all
    for (const [i, time] of times.entries()) expect(time).toBeGreaterThanOrEqual((i + 1) * 20 - 1)
  })

  test('a long call: never overlaps, and what falls into it is left out on the beat', async () => {
    const { all, record } = collector(3)
    let running = 0
    const begun = loop.time()
    using beat = new PeriodicCallback(async () => {
      record(loop.time() - begun)
      expect(++running).toBe(1)
      await new Promise<void>((resolve) => loop.callLater(50, resolve))
      running--
    }, 20)
    beat.start()
    const [first = 0, second = 0, third = 0] = await all
    expect(second - first).toBeGreaterThanOrEqual(49) // not after 20 or 40
    expect(third - second).toBeGreaterThanOrEqual(49)
  })

  test('a blocked loop: calls are not made up for, and the phase is kept', async () => {
    const { all, record } = collector(2)
    const begun = loop.time()
    using beat = new PeriodicCallback(() => {
      record(loop.time() - begun)
      block(70)
    }, 30)
    beat.start()
    const [first = 0, second = 0] = await all
    const beats = Math.floor((first + 70) / 30) + 1 // the first one after the block
    expect(second).toBeGreaterThanOrEqual(beats * 30 - 1)
  })

  test.each([
    {
      how: 'throws',
      fail: () => {
        throw new Error('broken')
      },
    },
    { how: 'rejects', fail: () => Promise.reject(new Error('broken')) },
  ])('a callback that $how: logged, and it goes on', async ({ fail }) => {
    const { all, record } = collector(2)
    const log = new TestLog()
    using beat = new PeriodicCallback(
      function poll() {
        record(0)
        return fail()
      },
      5,
      { logger: log },
    )
    beat.start()
    await all
    expect(await log.expect(/poll/)).toMatchObject({ level: 'error', fields: { err: { message: 'broken' } } })
  })

  test('stop: no further call; start again: no second row of calls', async () => {
    let calls = 0
    const beat = new PeriodicCallback(() => calls++, 10)
    beat.start()
    beat.start()
    beat.stop()
    expect(beat.isRunning).toBe(false)
    await new Promise<void>((resolve) => loop.callLater(30, resolve))
    expect(calls).toBe(0)
    const { all, record } = collector(3)
    using again = new PeriodicCallback(() => record(loop.time()), 20)
    again.start()
    again.stop()
    again.start()
    const [first = 0, second = 0, third = 0] = await all
    expect(third - first).toBeGreaterThanOrEqual(38)
    expect(second - first).toBeGreaterThanOrEqual(18)
  })

  test('stop and start during a call: the next call waits for its end', async () => {
    const { all, record } = collector(2)
    let running = 0
    using beat = new PeriodicCallback(async () => {
      expect(++running).toBe(1)
      beat.stop()
      beat.start()
      await new Promise<void>((resolve) => loop.callLater(30, resolve))
      running--
      record(running)
    }, 5)
    beat.start()
    expect(await all).toEqual([0, 0])
  })

  test('jitter: intervals differ by up to half of it in either direction', async () => {
    const { all, record } = collector(6)
    let last = loop.time()
    using beat = new PeriodicCallback(
      () => {
        record(loop.time() - last)
        last = loop.time()
      },
      20,
      { jitter: 1 },
    )
    beat.start()
    for (const interval of await all) expect(interval).toBeGreaterThanOrEqual(5) // 10 ms at least, less what the one before was late
  })

  test.each([
    [0, {}],
    [1.5, {}],
    [10, { jitter: 2 }],
    [10, { jitter: Number.NaN }],
    [10, { jiter: 0.1 }],
  ])('interval %d with %j: refused', (interval, options) => {
    expect(() => new PeriodicCallback(() => {}, interval, options as PeriodicCallbackOptions)).toThrow(OptionError)
  })
})
