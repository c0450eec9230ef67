import { Application } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

describe('limits of a handler class', () => {
  test("maxMessageRate: one second's worth may come at once, then 1008", async () => {
    class Handler extends WebSocketHandler {
      static override readonly maxMessageRate = 5
      override onMessage(message: string | Buffer) {
        void this.writeMessage(message)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(...[1, 2, 3, 4, 5, 6].map((i) => frame(`${i}`)))
    for (const i of [1, 2, 3, 4, 5]) expect(await client.readText()).toBe(`${i}`)
    expect(await client.readClose()).toEqual({ code: 1008, reason: 'too many messages' })
  })

  test('maxConnectionsPerAddress: 429, until one of them has closed', async () => {
    class Handler extends WebSocketHandler {
      static override readonly maxConnectionsPerAddress = 2
    }
    const { port, logged } = await serve([['/', Handler]])
    const first = await FrameClient.open(port)
    await FrameClient.open(port)
    expect((await FrameClient.open(port)).answer.status).toBe(429)
    first.destroy()
    await logged(/^101/)
    expect((await FrameClient.open(port)).answer.status).toBe(101)
  })

  test('idleTimeout: 1000 when no message comes, and pings do not count', async () => {
    class Handler extends WebSocketHandler {
      static override readonly idleTimeout = 100
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('', { opcode: 9 }))
    expect((await client.read())?.opcode).toBe(10)
    expect(await client.readClose()).toEqual({ code: 1000, reason: 'idle' })
  })

  test('idleTimeout while a hook is busy and messages wait unread: the silence is not held against the peer', async () => {
    class Handler extends WebSocketHandler {
      static override readonly idleTimeout = 50
      override async onMessage(message: string | Buffer) {
        if (message === 'a') await new Promise((resolve) => setTimeout(resolve, 200)) // longer than it may be silent
        void this.writeMessage(message)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('a'), frame('b'))
    expect([await client.readText(), await client.readText()]).toEqual(['a', 'b'])
  })

  test('many pings in one chunk from a client that reads: all are answered', async () => {
    const { port } = await serve([['/', WebSocketHandler]])
    const client = await FrameClient.open(port)
    client.send(...Array.from({ length: 400 }, () => frame(Buffer.alloc(125), { opcode: 9 })))
    for (let i = 0; i < 400; i++) expect((await client.read())?.opcode).toBe(10)
  })

  test('pings: a peer that answers stays, one that does not is dropped', async () => {
    const closed: [number, string][] = []
    class Handler extends WebSocketHandler {
      static override readonly pingInterval = 30
      static override readonly pingTimeout = 30
      override onClose(code: number, reason: string) {
        closed.push([code, reason])
      }
    }
    const { port, logged } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    for (let i = 0; i < 3; i++) {
      const ping = await client.read()
      expect(ping?.opcode).toBe(9)
      client.send(frame(ping?.payload ?? '', { opcode: 10 }))
    }
    await client.ended()
    await logged(/^101/)
    expect(closed).toEqual([[1011, 'ping timed out']])
  })

  test('pings while a hook is busy and messages wait unread: the silence is not held against the peer', async () => {
    let finish: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    class Handler extends WebSocketHandler {
      static override readonly pingInterval = 10
      static override readonly pingTimeout = 10
      override async onMessage(message: string | Buffer) {
        if (message === 'first') await finished
        await this.writeMessage(message)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('first'), frame('second'))
    for (let i = 0; i < 3; i++) expect((await client.read())?.opcode).toBe(9) // nobody answers
    finish()
    const texts: string[] = []
    while (texts.length < 2) {
      const found = await client.read()
      if (found?.opcode === 1) texts.push(found.payload.toString())
      else if (found === undefined || found.opcode === 8) break
    }
    expect(texts).toEqual(['first', 'second'])
  })

  test.each([
    { statics: { maxMessageSize: 0 }, setting: 'maxMessageSize' },
    { statics: { pingTimeout: 2 ** 31 }, setting: 'pingTimeout' },
    { statics: { slowConsumer: 'drop' }, setting: 'slowConsumer' },
    { statics: { shutdownCode: 1000 }, setting: 'shutdownCode' },
    { statics: { compression: { level: 10 } }, setting: 'compression.level' },
    { statics: { compression: { speed: 1 } }, setting: 'compression has no option speed' },
  ])('$statics: refused when the application is built, naming $setting', ({ statics, setting }) => {
    class Handler extends WebSocketHandler {}
    Object.assign(Handler, statics)
    expect(() => new Application([['/', Handler]])).toThrow(`Handler.${setting}`)
  })
})
