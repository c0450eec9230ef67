/** How sockets end that do not end as they should: half-open, silent, in the middle of a hook, or with more to send. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Finish, type Middleware } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { closePayload, FrameClient, frame, handshakeText } from './frame-client.ts'
import { serve } from './socket-server.ts'

const CLOSE = 8

/** A place where something is told, and one where the first of it is waited for. */
function told<T>(): { readonly all: T[]; readonly first: Promise<T>; tell(value: T): void } {
  const all: T[] = []
  let resolve: (value: T) => void = () => {}
  const first = new Promise<T>((done) => {
    resolve = done
  })
  return {
    all,
    first,
    tell(value) {
      all.push(value)
      resolve(value)
    },
  }
}

test('a client that ends its side and does not read what waits for it: is cut off after closeTimeout', async () => {
  const closed = told<number>()
  class Handler extends WebSocketHandler {
    static override readonly pingInterval = 0
    static override readonly closeTimeout = 100
    static override readonly maxBufferedBytes = 64 * 1024 * 1024
    override open() {
      for (let i = 0; i < 20; i++) void this.writeMessage(Buffer.alloc(1024 * 1024))
    }
    override onClose(code: number) {
      closed.tell(code)
    }
  }
  const { port } = await serve([['/', Handler]])
  const client = await FrameClient.open(port)
  client.socket.pause()
  client.socket.end()
  expect(await closed.first).toBe(1006)
})

test('a client that ends its side before the handshake is answered: its messages arrive, and the socket ends', async () => {
  const messages: (string | Buffer)[] = []
  const closed = told<number>()
  const leaving = told<void>()
  class Handler extends WebSocketHandler {
    static override readonly pingInterval = 0
    override async prepare() {
      leaving.tell()
      await new Promise((resolve) => setTimeout(resolve, 50)) // the end has come by then, and Node tells it once
    }
    override onMessage(message: string | Buffer) {
      messages.push(message)
    }
    override onClose(code: number) {
      closed.tell(code)
    }
  }
  const { port } = await serve([['/', Handler]])
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume()
  socket.write(Buffer.concat([Buffer.from(handshakeText(port)), frame('one'), frame('two')]))
  await leaving.first
  socket.end()
  await once(socket, 'end')
  expect(await closed.first).toBe(1006)
  expect(messages).toEqual(['one', 'two'])
})

describe('onClose() and onFinish(): once each, whenever the client is lost', () => {
  test.each(['open', 'onMessage', 'messages', 'closing', 'shutdown'])('%s', async (moment) => {
    const closed = told<number>()
    const reached = told<void>()
    const finished = told<void>()
    class Handler extends WebSocketHandler {
      override async open() {
        if (moment === 'open') await this.#lost()
        if (moment === 'closing') this.close(1000)
        if (moment === 'messages') for await (const _ of this.messages()) reached.tell()
        if (moment !== 'onMessage') reached.tell()
      }
      override async onMessage() {
        if (moment === 'onMessage') await this.#lost()
      }
      override onClose(code: number) {
        closed.tell(code)
      }
      override onFinish() {
        finished.tell()
      }
      async #lost() {
        reached.tell()
        await once(this.signal, 'abort').catch(() => undefined)
      }
    }
    const { port, server, logged } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('hello'))
    await reached.first
    const shutdown = moment === 'shutdown' ? server.close() : undefined
    client.socket.resetAndDestroy()
    await closed.first
    await logged(/^101/)
    await (shutdown ?? server.close())
    expect([closed.all.length, finished.all.length]).toEqual([1, 1])
  })
})

describe('the request fails when the socket is open: the socket goes on, and hears of its end', () => {
  const late = () => Promise.reject(new Error('too late'))
  test.each<{ name: string; middleware: Middleware[]; get?: () => unknown }>([
    {
      name: 'middleware sets a field',
      middleware: [
        async (handler, next) => {
          await next()
          handler.setHeader('X-Time', '1')
        },
      ],
    },
    { name: 'middleware throws', middleware: [(_, next) => next().then(late)] },
    { name: 'get() throws', middleware: [], get: late },
    { name: 'get() throws Finish', middleware: [], get: () => Promise.reject(new Finish()) },
  ])('$name', async ({ middleware, get }) => {
    const closed = told<number>()
    const finished = told<void>()
    class Handler extends WebSocketHandler {
      static override readonly maxConnectionsPerAddress = 1
      override async get() {
        super.get()
        await get?.()
      }
      override onMessage(message: string | Buffer) {
        void this.writeMessage(message)
      }
      override onClose(code: number) {
        closed.tell(code)
      }
      override onFinish() {
        finished.tell()
      }
    }
    const { port, logged } = await serve([['/', Handler]], { middleware })
    const client = await FrameClient.open(port)
    client.send(frame('hello'))
    expect(await client.readText()).toBe('hello')
    client.socket.resetAndDestroy()
    expect(await closed.first).toBe(1006)
    expect((await logged(/^101/)).message).toContain('close 1006')
    expect((await FrameClient.open(port)).answer.status).toBe(101) // the address has its place back
    expect([closed.all.length, finished.all.length]).toEqual([1, 1])
  })
})

describe('logException() overridden, and it throws: the hooks that are left are called', () => {
  test.each(['open', 'onMessage', 'async onMessage', 'onClose'])('%s', async (hook) => {
    const closed = told<number>()
    const fail = (where: string) => {
      if (where === hook) throw new Error('of the hook')
    }
    class Handler extends WebSocketHandler {
      override open() {
        fail('open')
      }
      override onMessage(): unknown {
        fail('onMessage')
        return Promise.resolve().then(() => fail('async onMessage'))
      }
      override onClose(code: number) {
        closed.tell(code)
        fail('onClose')
      }
      override logException() {
        throw new Error('of the log')
      }
    }
    const { port, logged } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('hello'))
    if (hook === 'onClose') client.send(frame(closePayload(1000), { opcode: CLOSE }))
    expect((await client.readClose()).code).toBe(hook === 'onClose' ? 1000 : 1011)
    client.destroy()
    await closed.first
    await logged(/^logException failed/)
    await logged(/^101/)
  })
})

describe("'wait', with messages that wait: nothing follows the close frame (RFC 6455 §5.5.1)", () => {
  const COUNT = 240

  async function readOpcodes(side: 'server' | 'client'): Promise<number[]> {
    const written = told<void>()
    class Handler extends WebSocketHandler {
      static override readonly slowConsumer = 'wait'
      static override readonly maxBufferedBytes = 16 * 1024 * 1024
      override onMessage() {
        for (let i = 0; i < COUNT; i++) void this.writeMessage(Buffer.alloc(128 * 1024))
        if (side === 'server') this.close(1000)
        written.tell()
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.socket.pause()
    const close = frame(closePayload(1000), { opcode: CLOSE })
    client.send(frame('go'))
    await written.first
    if (side === 'client') client.send(close)
    client.socket.resume()
    const opcodes: number[] = []
    for (let found = await client.read(); found !== undefined; found = await client.read()) {
      opcodes.push(found.opcode)
      if (found.opcode === CLOSE && side === 'server') client.send(close)
    }
    return opcodes
  }

  test('the server closes: all that was written comes before', async () => {
    const opcodes = await readOpcodes('server')
    expect([opcodes.length, opcodes.indexOf(CLOSE)]).toEqual([COUNT + 1, COUNT])
  })

  test('the client closes: what waits is given up', async () => {
    const opcodes = await readOpcodes('client')
    expect(opcodes.indexOf(CLOSE)).toBe(opcodes.length - 1)
  })
})
