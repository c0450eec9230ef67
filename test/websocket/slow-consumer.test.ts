/** A reader that stalls: what it costs, and what becomes of its messages. */
import { MemoryHub } from '@typhoon/pubsub'
import { type SlowConsumerPolicy, WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

const BUDGET = 256 * 1024
const PADDING = 'x'.repeat(16 * 1024)
const COUNT = 2000 // 32 MiB, more than a loopback connection holds

/** A class with a policy whose last socket the test can reach. */
function handlerWith(policy: SlowConsumerPolicy) {
  return class Handler extends WebSocketHandler {
    static override readonly slowConsumer = policy
    static override readonly maxBufferedBytes = BUDGET
    static override readonly closeTimeout = 100
    static last: Handler | undefined
    static closed: Promise<number> = Promise.resolve(0)
    #closed: (code: number) => void = () => {}
    override async open() {
      Handler.last = this as Handler
      Handler.closed = new Promise((resolve) => {
        this.#closed = resolve
      })
      await this.subscribe('t')
      await this.writeMessage('ready')
    }
    override onClose(code: number) {
      this.#closed(code)
    }
  }
}

async function stall(policy: SlowConsumerPolicy, maxHistoryMessages = 10_000) {
  const Handler = handlerWith(policy)
  const hub = new MemoryHub({ maxHistoryMessages, maxHistorySize: 64 * 1024 * 1024 })
  const { port } = await serve([['/', Handler, { hub }]])
  const client = await FrameClient.open(port)
  expect(await client.readText()).toBe('ready')
  client.socket.pause()
  const handler = Handler.last
  if (handler === undefined) throw new Error('the handler was not opened')
  return { Handler, handler, hub, client }
}

/** The numbers of the messages that arrive, up to the one that ends the test. */
async function readNumbers(client: FrameClient): Promise<number[]> {
  client.socket.resume()
  const numbers: number[] = []
  for (let text = await client.readText(); text !== 'end'; text = await client.readText())
    numbers.push(Number(text.split(' ')[0]))
  return numbers
}

async function broadcastMany(hub: MemoryHub, handler: WebSocketHandler): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    await hub.publish('t', `${i} ${PADDING}`)
    if (i % 10 === 9) await new Promise(setImmediate)
    expect(handler.bufferedBytes).toBeLessThanOrEqual(BUDGET)
  }
}

async function drained(handler: WebSocketHandler): Promise<void> {
  while (handler.bufferedBytes > 0) await new Promise(setImmediate)
}

describe('a stalled reader', () => {
  test("'close': 1013, what waits is dropped, and the connection ends though the client does not read", async () => {
    const { Handler, handler, hub } = await stall('close')
    await broadcastMany(hub, handler)
    expect(await Handler.closed).toBe(1013)
    expect(handler.bufferedBytes).toBe(0)
  })

  test("'close': writeMessage() rejects", async () => {
    const { handler } = await stall('close')
    const results = await Promise.allSettled(Array.from({ length: COUNT }, () => handler.writeMessage(PADDING)))
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(COUNT / 2)
  })

  test("'dropNewest': the first messages arrive without gaps, later ones are missing", async () => {
    const { handler, hub, client } = await stall('dropNewest')
    await broadcastMany(hub, handler)
    client.socket.resume()
    await drained(handler)
    await handler.writeMessage('end')
    const numbers = await readNumbers(client)
    expect(numbers.length).toBeLessThan(COUNT)
    expect(numbers).toEqual(numbers.map((_, i) => i))
  })

  test("'dropOldest': the newest arrive", async () => {
    const { handler, hub, client } = await stall('dropOldest')
    await broadcastMany(hub, handler)
    client.socket.resume()
    await drained(handler)
    await handler.writeMessage('end')
    const numbers = await readNumbers(client)
    expect(numbers.length).toBeLessThan(COUNT)
    expect(numbers.at(-1)).toBe(COUNT - 1)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  test('latestPer: the latest message of each key arrives', async () => {
    const { handler, hub, client } = await stall({
      latestPer: (message) => String(Number(message.toString().split(' ')[0]) % 4),
    })
    await broadcastMany(hub, handler)
    client.socket.resume()
    await drained(handler)
    await handler.writeMessage('end')
    const numbers = await readNumbers(client)
    expect(numbers.length).toBeLessThan(COUNT)
    expect(numbers.slice(-4).sort((a, b) => a - b)).toEqual([COUNT - 4, COUNT - 3, COUNT - 2, COUNT - 1])
  })

  test("'wait': a topic goes on from its history, so that nothing is missing", async () => {
    const { handler, hub, client } = await stall('wait')
    await broadcastMany(hub, handler)
    const reading = readNumbers(client)
    await drained(handler)
    await hub.publish('t', 'end')
    expect(await reading).toEqual(Array.from({ length: COUNT }, (_, i) => i))
  })

  test("'wait': joins and leaves are told while a topic has paused, once", async () => {
    const { Handler, handler, hub, client } = await stall('wait')
    const events: string[] = []
    await handler.subscribe('t', { onPresence: ({ type, member }) => events.push(`${type} ${member}`) })
    await broadcastMany(hub, handler)
    const ann = await hub.join('t', 'ann')
    expect(events).toEqual(['join ann'])
    await hub.publish('t', 'end')
    expect(await readNumbers(client)).toEqual(Array.from({ length: COUNT }, (_, i) => i))
    await ann.leave()
    expect(events).toEqual(['join ann', 'leave ann'])
    expect(await hub.count('t')).toBe(1)
    client.destroy()
    await Handler.closed
    expect(await hub.count('t')).toBe(0)
  })

  test("'wait': writeMessage() settles when there is room again", async () => {
    const { handler, client } = await stall('wait')
    let written = 0
    const writing = (async () => {
      for (; written < COUNT; written++) await handler.writeMessage(`${written} ${PADDING}`)
      await handler.writeMessage('end')
    })()
    for (let turns = 0, seen = -1; turns < 1000; turns = seen === written ? turns + 1 : 0) {
      seen = written
      await new Promise(setImmediate)
    }
    expect(written).toBeLessThan(COUNT)
    expect(handler.bufferedBytes).toBeLessThanOrEqual(BUDGET)
    expect(await readNumbers(client)).toHaveLength(COUNT)
    await writing
  })

  test("'wait': a handler that does not wait is closed with 1013", async () => {
    const { Handler, handler } = await stall('wait')
    for (let i = 0; i < COUNT; i++) {
      void handler.writeMessage(PADDING)
      expect(handler.bufferedBytes).toBeLessThanOrEqual(2 * BUDGET)
      if (i % 10 === 9) await new Promise(setImmediate)
    }
    expect(await Handler.closed).toBe(1013)
  })

  test('pings from a client that does not read the answers: the connection ends', async () => {
    const { Handler, client } = await stall('close')
    const pings = Buffer.concat(Array.from({ length: 2000 }, () => frame(Buffer.alloc(125), { opcode: 9 })))
    let over = false
    void Handler.closed.then(() => {
      over = true
    })
    client.socket.on('error', () => undefined)
    while (!over) {
      if (client.socket.writable && client.socket.writableLength < 4 * 1024 * 1024) client.socket.write(pings)
      await new Promise(setImmediate)
    }
    expect(await Handler.closed).toBe(1006)
  })

  test('one message larger than the budget: is sent while nothing else waits', async () => {
    const { handler, client } = await stall('close')
    client.socket.resume()
    await handler.writeMessage('y'.repeat(4 * BUDGET))
    expect(await client.readText()).toHaveLength(4 * BUDGET)
  })
})
