import { describe, expect, test } from 'vitest'
import { TestLog } from '../testing.ts'
import { IOLoop } from './io-loop.ts'
import type { LoopTimeout } from './loop-timeout.ts'

const loop = IOLoop.current()

/** Runs `work` with a log of its own and gives the first line that matches. */
async function logged(pattern: RegExp, work: () => void) {
  const log = new TestLog()
  const before = loop.logger
  loop.logger = log
  try {
    work()
    return await log.expect(pattern)
  } finally {
    loop.logger = before
  }
}

describe('IOLoop (Tornado: IOLoop)', () => {
  test('current(): always the same loop', () => {
    expect(IOLoop.current()).toBe(loop)
  })

  test('addCallback: called later, in order, with its arguments', async () => {
    const calls: string[] = []
    await new Promise<void>((resolve) => {
      loop.addCallback((text: string) => calls.push(text), 'a')
      loop.spawnCallback((text: string) => calls.push(text), 'b')
      loop.addCallback(resolve)
      calls.push('now')
    })
    expect(calls).toEqual(['now', 'a', 'b'])
  })

  const refresh = () => {
    throw new Error('broken')
  }
  const refreshLater = async () => {
    await Promise.resolve()
    throw new Error('broken')
  }

  test.each([
    { how: 'throws', callback: refresh },
    { how: 'rejects', callback: refreshLater },
  ])('a callback that $how: logged with its name, and nothing is unhandled', async ({ callback }) => {
    const line = await logged(new RegExp(callback.name), () => loop.spawnCallback(callback))
    expect(line).toMatchObject({ level: 'error', fields: { name: 'loop', err: { message: 'broken' } } })
  })

  test('callLater: after the delay, not before; the shorter one first', async () => {
    const begun = loop.time()
    const order: number[] = []
    await new Promise<void>((resolve) => {
      loop.callLater(30, () => {
        order.push(30)
        resolve()
      })
      loop.callLater(10, (value: number) => order.push(value), 10)
    })
    expect(order).toEqual([10, 30])
    expect(loop.time() - begun).toBeGreaterThanOrEqual(29)
  })

  test('callAt: a time that is over is at once, but not in this turn', async () => {
    const calls: string[] = []
    await new Promise<void>((resolve) => {
      loop.callAt(loop.time() - 1000, () => {
        calls.push('then')
        resolve()
      })
      calls.push('now')
    })
    expect(calls).toEqual(['now', 'then'])
  })

  test('removeTimeout: never called, whenever it is taken back', async () => {
    const calls: string[] = []
    const taken = loop.callLater(1, () => calls.push('taken back'))
    loop.removeTimeout(taken)
    const done = await new Promise<LoopTimeout>((resolve) => {
      const handle: LoopTimeout = loop.callLater(5, () => resolve(handle))
    })
    loop.removeTimeout(done) // no harm afterwards
    expect(calls).toEqual([])
  })

  test('callLater of 60 days: waits, though a timer of Node reaches 24 days only', async () => {
    let called = false
    const handle = loop.callLater(60 * 24 * 3600 * 1000, () => {
      called = true
    })
    await new Promise<void>((resolve) => loop.callLater(10, resolve))
    loop.removeTimeout(handle)
    expect(called).toBe(false)
  })

  test.each([-1, Number.NaN])('callLater(%d): refused', (delay) => {
    expect(() => loop.callLater(delay, () => {})).toThrow(RangeError)
  })

  test('time(): milliseconds since 1970 that never go back', () => {
    const times = Array.from({ length: 100 }, () => loop.time())
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(Math.abs(loop.time() - Date.now())).toBeLessThan(60_000)
  })
})
