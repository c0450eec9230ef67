/** The browser's client, run in Node with what Node has of a browser; a real one is in test/browser. */
import { once } from 'node:events'
import { EventStreamHandler } from '@typhoon/core'
import { MemoryHub } from '@typhoon/pubsub'
import { WebSocketHandler, websocketConnect } from '@typhoon/websocket'
import { connect, type LiveSocketStatus, type MessageInfo } from '@typhoon/websocket/client'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serve } from './socket-server.ts'

/** The few members of the browser's `WebSocket` that the client uses, for versions of Node that have none. */
class StandInSocket {
  binaryType = 'blob'
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  #client: Awaited<ReturnType<typeof websocketConnect>> | undefined

  constructor(url: string) {
    websocketConnect(url).then(
      async (client) => {
        this.#client = client
        this.onopen?.()
        for await (const data of client) this.onmessage?.({ data })
        this.onclose?.({ code: client.closeCode ?? 1006 })
      },
      () => this.onclose?.({ code: 1006 }), // a browser does not say why
    )
  }

  send(data: string): void {
    void this.#client?.writeMessage(data)
  }

  close(code?: number): void {
    void this.#client?.close(code)
  }
}

/** Reads an event stream by `fetch()`; it does not reconnect. */
class StandInEventSource {
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string; lastEventId: string }) => void) | null = null
  onerror: (() => void) | null = null
  readonly #controller = new AbortController()

  constructor(url: string) {
    void this.#read(url).catch(() => undefined)
  }

  close(): void {
    this.#controller.abort()
  }

  async #read(url: string): Promise<void> {
    const { body } = await fetch(url, { signal: this.#controller.signal })
    this.onopen?.()
    let text = ''
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1]
        const data = field('data')
        if (data !== undefined) this.onmessage?.({ data, lastEventId: field('id') ?? '' })
      }
    }
  }
}

beforeAll(() => {
  Object.assign(globalThis, { WebSocket: StandInSocket, EventSource: StandInEventSource })
})

/** Collects what a client is told, and lets a test wait for it. */
class Page {
  readonly messages: [unknown, MessageInfo][] = []
  readonly statuses: LiveSocketStatus[] = []
  readonly gaps: string[] = []
  #wake: () => void = () => {}

  readonly options = {
    onMessage: (data: unknown, info: MessageInfo) => {
      this.messages.push([data, info])
      this.#wake()
    },
    onStatus: (status: LiveSocketStatus) => {
      this.statuses.push(status)
      this.#wake()
    },
    onGap: (topic: string) => {
      this.gaps.push(topic)
      this.#wake()
    },
    reconnect: { minDelay: 1 },
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

describe('connect()', () => {
  test('what is sent before the connection: waits for it; JSON becomes values', async () => {
    class Handler extends WebSocketHandler {
      override onMessage(message: string | Buffer) {
        void this.writeMessage(message)
      }
    }
    const { port } = await serve([['/', Handler]])
    const page = new Page()
    const socket = connect(`http://127.0.0.1:${port}/`, page.options)
    onTestFinished(() => socket.close())
    expect(socket.send({ a: 1 })).toBe(true)
    expect(socket.send('plain text')).toBe(true)
    await page.until(() => page.messages.length === 2)
    expect(page.messages.map(([data]) => data)).toEqual([{ a: 1 }, 'plain text'])
    expect(page.statuses).toEqual(['connecting', 'open'])
    socket.close()
    expect([socket.status, socket.send('late')]).toEqual(['closed', false])
  })

  test('more than maxQueued messages without a connection: are refused', () => {
    const socket = connect('ws://127.0.0.1:9/', { onMessage: () => undefined, maxQueued: 2 })
    expect([socket.send(1), socket.send(2), socket.send(3)]).toEqual([true, true, false])
    socket.close()
  })

  test('the server restarts the connection: it comes back with the last id, and nothing is missing', async () => {
    const hub = new MemoryHub()
    const handlers: WebSocketHandler[] = []
    class Handler extends WebSocketHandler {
      override async open() {
        handlers.push(this)
        await this.subscribe('t', { envelope: true, since: this.getQueryArgument('since', undefined) })
      }
    }
    const { port } = await serve([['/', Handler, { hub }]])
    const page = new Page()
    const socket = connect(`ws://127.0.0.1:${port}/`, page.options)
    onTestFinished(() => socket.close())
    await page.until(() => page.statuses.includes('open'))
    while ((await hub.count('t')) === 0) await new Promise(setImmediate)
    const first = await hub.publish('t', '{"n":1}')
    await page.until(() => page.messages.length === 1)
    handlers[0]?.close(1012)
    await once(handlers[0]?.signal as AbortSignal, 'abort')
    const second = await hub.publish('t', '{"n":2}')
    await page.until(() => page.messages.length === 2)
    expect(page.messages).toEqual([
      [{ n: 1 }, { topic: 't', id: first.id, time: first.time }],
      [{ n: 2 }, { topic: 't', id: second.id, time: second.time }],
    ])
    expect(page.statuses).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
    expect(socket.lastId).toBe(second.id)
  })

  test('an id that the server no longer knows: onGap() with the topic', async () => {
    class Handler extends WebSocketHandler {
      override async open() {
        await this.subscribe('t', { envelope: true, since: this.getQueryArgument('since') })
      }
    }
    const { port } = await serve([['/', Handler]])
    const page = new Page()
    const socket = connect(`ws://127.0.0.1:${port}/`, { ...page.options, since: '1-1' })
    onTestFinished(() => socket.close())
    await page.until(() => page.gaps.length === 1)
    expect(page.gaps).toEqual(['t'])
  })

  test.each([1000, 1008])('a close with %i: is final', async (code) => {
    class Handler extends WebSocketHandler {
      override open() {
        this.close(code)
      }
    }
    const { port } = await serve([['/', Handler]])
    const page = new Page()
    connect(`ws://127.0.0.1:${port}/`, page.options)
    await page.until(() => page.statuses.includes('closed'))
    expect(page.statuses).toEqual(['connecting', 'open', 'closed'])
  })

  test('no socket gets through: the event stream takes over, with the way to send that it was given', async () => {
    class Events extends EventStreamHandler {
      override async *open() {
        yield { id: '1-1', data: { from: 'stream' } }
        await once(this.request.signal, 'abort')
      }
    }
    const { port } = await serve([['/events', Events]])
    const page = new Page()
    const sent: string[] = []
    const socket = connect(`ws://127.0.0.1:${port}/nowhere`, {
      ...page.options,
      fallback: {
        events: `http://127.0.0.1:${port}/events`,
        send: async (text) => sent.push(text),
      },
    })
    onTestFinished(() => socket.close())
    await page.until(() => page.messages.length === 1)
    expect(page.messages).toEqual([[{ from: 'stream' }, { id: '1-1' }]])
    socket.send({ text: 'hi' })
    expect(sent).toEqual(['{"text":"hi"}'])
  })
})
