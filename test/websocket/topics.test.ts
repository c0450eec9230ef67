import { MemoryHub } from '@typhoon/pubsub'
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { closePayload, FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

/** `/room?since=…` follows a room; what is sent there goes to all. */
class RoomHandler extends WebSocketHandler<{ room: string }> {
  override async open({ room }: { room: string }) {
    await this.subscribe(`room:${room}`, {
      since: this.getQueryArgument('since', undefined),
      envelope: this.request.query !== '',
    })
    await this.writeMessage('joined')
  }
  override async onMessage(message: string | Buffer) {
    await this.publish(`room:${this.pathArgs.room}`, message)
  }
}

async function join(port: number, path: string): Promise<FrameClient> {
  const client = await FrameClient.open(port, { path })
  return client
}

describe('topics', () => {
  test('a message: reaches every socket of its topic and no other', async () => {
    const { port } = await serve([['/:room', RoomHandler]])
    const [ann, bob, cat] = await Promise.all([join(port, '/a'), join(port, '/a'), join(port, '/b')])
    for (const client of [ann, bob, cat]) expect(await client.readText()).toBe('joined')
    ann.send(frame('hello'), frame(Buffer.from([1])))
    for (const client of [ann, bob]) {
      expect(await client.readText()).toBe('hello')
      expect(await client.read()).toMatchObject({ opcode: 2, payload: Buffer.from([1]) })
    }
    cat.send(frame('other'))
    expect(await cat.readText()).toBe('other')
  })

  test('handlers of one application share a hub, another application has its own', async () => {
    const one = await serve([['/:room', RoomHandler]])
    const two = await serve([['/:room', RoomHandler]])
    const clients = await Promise.all([join(one.port, '/a'), join(two.port, '/a')])
    for (const client of clients) await client.readText()
    clients[0]?.send(frame('mine'))
    clients[1]?.send(frame('yours'))
    expect(await clients[0]?.readText()).toBe('mine')
    expect(await clients[1]?.readText()).toBe('yours')
  })

  test('a hub in the arguments of the rule: is used', async () => {
    const hub = new MemoryHub()
    const { port } = await serve([['/:room', RoomHandler, { hub }]])
    const client = await join(port, '/a')
    expect(await client.readText()).toBe('joined')
    await hub.publish('room:a', 'from outside')
    expect(await client.readText()).toBe('from outside')
  })

  test('a socket that closes: leaves its topics', async () => {
    const hub = new MemoryHub()
    const { port, logged } = await serve([['/:room', RoomHandler, { hub }]])
    const client = await join(port, '/a')
    await client.readText()
    expect(await hub.count('room:a')).toBe(1)
    client.destroy()
    await logged(/^101/)
    expect(await hub.count('room:a')).toBe(0)
  })

  test('a socket that is gone while it subscribes: leaves nothing behind', async () => {
    class SlowHub extends MemoryHub {
      override async subscribe(...args: Parameters<MemoryHub['subscribe']>) {
        client.destroy()
        await once(args[0])
        return super.subscribe(...args)
      }
    }
    const hub = new SlowHub()
    let proceed: () => void = () => {}
    const once = (_topic: string) =>
      new Promise<void>((resolve) => {
        proceed = resolve
      })
    class Handler extends WebSocketHandler {
      override async onMessage() {
        this.signal.addEventListener('abort', () => proceed())
        await this.subscribe('t')
      }
    }
    const { port, log, logged } = await serve([['/', Handler, { hub }]])
    const client = await FrameClient.open(port)
    client.send(frame('go'))
    await logged(/^101/)
    expect(await hub.count('t')).toBe(0)
    expect(log.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('since: replays what was missed, and the client knows the ids by the envelope', async () => {
    const hub = new MemoryHub()
    const { port } = await serve([['/:room', RoomHandler, { hub }]])
    const { id } = await hub.publish('room:a', 'one')
    await hub.publish('room:a', '{"two":2}')
    const third = await hub.publish('room:a', 'three')
    const client = await join(port, `/a?since=${id}`)
    const [first, second] = [JSON.parse(await client.readText()), JSON.parse(await client.readText())]
    expect(first).toMatchObject({ topic: 'room:a', data: { two: 2 }, time: expect.any(Number) })
    expect(second).toMatchObject({ data: 'three', id: third.id })
    expect(await client.readText()).toBe('joined')
  })

  test('since that the hub does not know: the client is told of the gap', async () => {
    const { port } = await serve([['/:room', RoomHandler]])
    const client = await join(port, '/a?since=1-1')
    expect(JSON.parse(await client.readText())).toEqual({ topic: 'room:a', gap: true })
  })

  test('unsubscribe(): no more messages; subscribing twice: each message once', async () => {
    const hub = new MemoryHub()
    class Handler extends WebSocketHandler {
      override async onMessage(message: string | Buffer) {
        const [verb, topic = ''] = message.toString().split(' ')
        if (verb === 'join') await this.subscribe(topic)
        else await this.unsubscribe(topic)
        await this.writeMessage('ok')
      }
    }
    const { port } = await serve([['/', Handler, { hub }]])
    const client = await FrameClient.open(port)
    client.send(frame('join a'), frame('join a'))
    expect([await client.readText(), await client.readText()]).toEqual(['ok', 'ok'])
    await hub.publish('a', 'once')
    expect(await client.readText()).toBe('once')
    client.send(frame('leave a'))
    expect(await client.readText()).toBe('ok')
    await hub.publish('a', 'unheard')
    client.send(frame('leave a'))
    expect(await client.readText()).toBe('ok')
    expect(await hub.count('a')).toBe(0)
  })

  test('more topics than maxSubscriptions: RangeError', async () => {
    class Handler extends WebSocketHandler {
      static override readonly maxSubscriptions = 2
      override async open() {
        await this.subscribe('a')
        await this.subscribe('b')
        await this.subscribe('b')
        await this.subscribe('c')
      }
    }
    const { port, logged } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect((await client.readClose()).code).toBe(1011)
    expect((await logged(/uncaught/)).fields['err']).toBeInstanceOf(RangeError)
  })

  test('a subscription that fails and that nobody awaits: is logged', async () => {
    class Handler extends WebSocketHandler {
      override open() {
        void this.subscribe('')
      }
    }
    const { port, logged } = await serve([['/', Handler]])
    await FrameClient.open(port)
    expect((await logged(/uncaught/)).fields['err']).toMatchObject({ code: 'TYPHOON_HUB_INPUT' })
  })

  test('an object: is published as JSON', async () => {
    class Handler extends WebSocketHandler {
      override async open() {
        await this.subscribe('t')
        await this.publish('t', { a: [1] })
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect(await client.readText()).toBe('{"a":[1]}')
    client.send(frame(closePayload(1000), { opcode: 8 }))
  })

  test('a thousand messages to fifty sockets: all of them, in order', async () => {
    const hub = new MemoryHub()
    const { port } = await serve([['/:room', RoomHandler, { hub }]])
    const clients = await Promise.all(Array.from({ length: 50 }, () => join(port, '/a')))
    for (const client of clients) await client.readText()
    for (let i = 0; i < 1000; i++) {
      await hub.publish('room:a', `${i}`)
      if (i % 100 === 0) await new Promise(setImmediate)
    }
    for (const client of clients) for (let i = 0; i < 1000; i++) expect(await client.readText()).toBe(`${i}`)
  })
})
