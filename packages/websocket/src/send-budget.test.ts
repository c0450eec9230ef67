import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { SendBudget, type SlowConsumerPolicy } from './send-budget.ts'

/** A socket that takes a write when it is told to. */
class Valve extends Writable {
  readonly taken: string[] = []
  #open: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.taken.push(chunk.toString())
    this.#open = callback
  }

  take(): void {
    const open = this.#open
    this.#open = undefined
    open?.()
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A budget for ten characters in three messages, each of which counts 64 bytes more. */
function make(policy: SlowConsumerPolicy = 'close', max = 10 + 3 * 64) {
  const valve = new Valve()
  const budget = new SendBudget(valve, { maxBufferedBytes: max, slowConsumer: policy })
  const send = (text: string, key?: string) => budget.send({ bytes: Buffer.from(text), key })
  return { valve, budget, send }
}

describe('SendBudget', () => {
  test('frames of one poll phase: leave in one write, in order', async () => {
    const { valve, send } = make()
    for (const text of ['a', 'b', 'c']) expect(send(text)).toBe('accepted')
    expect(valve.taken).toEqual([])
    await turn()
    expect(valve.taken).toEqual(['abc'])
  })

  test('while the socket holds something: the rest waits, and leaves when it was taken', async () => {
    const { valve, budget, send } = make()
    send('a')
    await turn()
    send('b')
    await turn()
    expect(valve.taken).toEqual(['a'])
    expect(budget.bufferedBytes).toBe(2 + 2 * 64)
    valve.take()
    await turn()
    expect(valve.taken).toEqual(['a', 'b'])
  })

  test.each<{ policy: SlowConsumerPolicy; results: string[]; sent: string; why: string }>([
    { policy: 'close', results: ['accepted', 'full', 'full'], sent: '1111', why: 'the caller has to close' },
    { policy: 'wait', results: ['accepted', 'full', 'full'], sent: '1111', why: 'the caller has to wait' },
    { policy: 'dropNewest', results: ['accepted', 'dropped', 'dropped'], sent: '1111', why: 'what waits is kept' },
    { policy: 'dropOldest', results: ['accepted', 'accepted', 'accepted'], sent: '3333', why: 'the newest is kept' },
    {
      policy: { latestPer: () => 'k' },
      results: ['accepted', 'accepted', 'accepted'],
      sent: '3333',
      why: 'the latest of the key is kept',
    },
  ])('$policy: $why', async ({ policy, results, sent }) => {
    const { valve, budget, send } = make(policy)
    send('00000')
    await turn() // under way, so that it cannot be dropped
    const key = typeof policy === 'object' ? 'k' : undefined
    expect(['1111', '2222', '3333'].map((text) => send(text, key))).toEqual(results)
    expect(budget.bufferedBytes).toBeLessThanOrEqual(10 + 3 * 64)
    valve.take()
    await turn()
    expect(valve.taken).toEqual(['00000', sent])
  })

  test('a frame larger than the budget: goes alone', () => {
    const { send } = make()
    expect([send('x'.repeat(1000)), send('y')]).toEqual(['accepted', 'full'])
  })

  test('a burst within one poll phase: is handed over early, where the socket takes it at once', async () => {
    let size = 0
    const socket = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        size += chunk.length
        callback()
      },
    })
    const budget = new SendBudget(socket, { maxBufferedBytes: 1000, slowConsumer: 'close' })
    for (let i = 0; i < 1000; i++) expect(budget.send({ bytes: Buffer.alloc(100) })).toBe('accepted')
    await turn()
    expect(size).toBe(100_000)
  })

  test('very many small messages: are bounded by what they cost, and dropping them costs the same each time', async () => {
    const { valve, budget, send } = make('dropOldest', 64 * 1024)
    send('x')
    await turn()
    for (let i = 0; i < 200_000; i++) send(`${i},`)
    expect(budget.bufferedBytes).toBeLessThanOrEqual(64 * 1024)
    valve.take()
    await turn()
    const numbers = valve.taken[1]?.split(',').slice(0, -1).map(Number) ?? []
    expect(numbers.length).toBeLessThan(1024)
    expect(numbers).toEqual(numbers.map((_, i) => 200_000 - numbers.length + i))
  })

  test('control frames: keep their place, do not count and are never dropped', async () => {
    const { valve, budget, send } = make('dropOldest')
    send('00000')
    await turn()
    send('1111')
    budget.send({ bytes: Buffer.from('<ping>'), control: true })
    expect(send('2222')).toBe('accepted')
    expect([budget.bufferedBytes, budget.controlBytes]).toEqual([9 + 2 * 64, 6])
    valve.take()
    await turn()
    expect(valve.taken[1]).toBe('<ping>2222')
  })

  test('done: is called for what was sent, dropped and lost', async () => {
    const { valve, budget } = make('dropOldest')
    const told: string[] = []
    const send = (text: string) =>
      budget.send({ bytes: Buffer.from(text), done: (error) => told.push(`${text} ${error?.name ?? 'fine'}`) })
    send('sent')
    await turn()
    send('drop')
    send('lost1')
    valve.take()
    await turn()
    send('lost2')
    budget.close()
    expect(told).toEqual(['drop fine', 'sent fine', 'lost1 WebSocketClosedError', 'lost2 WebSocketClosedError'])
    expect([send('late'), budget.bufferedBytes]).toEqual(['closed', 0])
  })

  test('sockets with the same frames: are given the same memory', async () => {
    const chunks: Buffer[] = []
    const budgets = [1, 2].map(() => {
      const socket = new Writable({
        write(chunk: Buffer, _encoding, callback) {
          chunks.push(chunk)
          callback()
        },
      })
      return new SendBudget(socket, { maxBufferedBytes: 1000, slowConsumer: 'close' })
    })
    const frames = ['one', 'two'].map((text) => ({ bytes: Buffer.from(text) }))
    for (const frame of frames) for (const budget of budgets) budget.send(frame)
    await turn()
    expect(chunks.map(String)).toEqual(['onetwo', 'onetwo'])
    expect(chunks[0]?.buffer).toBe(chunks[1]?.buffer)
    expect(chunks[0]?.byteOffset).toBe(chunks[1]?.byteOffset)
  })
})
