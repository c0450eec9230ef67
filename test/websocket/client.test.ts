import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTCPServer } from 'node:net'
import { RequestHandler } from '@typhoon/core'
import { MemoryHub } from '@typhoon/pubsub'
import { UpgradeRefusedError, WebSocketHandler, websocketConnect } from '@typhoon/websocket'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FramePeer } from './conformance-peer.ts'
import { answerTo } from './conformance-run.ts'
import { serve } from './socket-server.ts'

class EchoHandler extends WebSocketHandler {
  override onMessage(message: string | Buffer) {
    void this.writeMessage(message)
  }
}

describe('websocketConnect()', () => {
  test('very many pings at a time: the latest is answered, and not all (RFC 6455 §5.5.3)', async () => {
    const count = 10_000
    const pings = Array.from({ length: count }, (_, i) => ({ payload: Buffer.from([i >> 8, i]), parts: { opcode: 9 } }))
    const { port, accepted } = await FramePeer.listen(answerTo(), pings)
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`)
    const peer = await accepted
    let answers = 0
    for (let last = -1; last !== count - 1; answers++) last = (await peer.read())?.payload.readUInt16BE(0) ?? count
    expect(answers).toBeLessThan(count)
    socket.close(1000).catch(() => undefined)
    peer.socket.destroy()
  })

  test('text and bytes: there and back, and close() settles when the server has answered', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`)
    await socket.writeMessage('text')
    await socket.writeMessage(Buffer.from([1, 2]))
    await socket.writeMessage({ a: 1 })
    expect(await socket.readMessage()).toBe('text')
    expect(await socket.readMessage()).toEqual(Buffer.from([1, 2]))
    expect(await socket.readMessage()).toBe('{"a":1}')
    await socket.close(3000, 'done')
    expect([socket.closeCode, socket.closeReason]).toEqual([3000, 'done'])
    expect(await socket.readMessage()).toBeUndefined()
    await expect(socket.writeMessage('late')).rejects.toMatchObject({ code: 'TYPHOON_WEBSOCKET_CLOSED' })
  })

  test('headers, cookies and subprotocols: reach the handler, and its fields come back', async () => {
    class Handler extends WebSocketHandler {
      override prepare() {
        this.setHeader('X-Answer', 'yes')
      }
      override selectSubprotocol(offered: readonly string[]) {
        return offered.at(-1)
      }
      override async open() {
        const { headers, cookies } = this.request
        await this.writeMessage({ own: headers.get('x-own'), cookies: { ...cookies }, subprotocol: this.subprotocol })
      }
    }
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`http://127.0.0.1:${port}/`, {
      headers: { 'X-Own': 'mine' },
      cookies: { a: '1', b: 'x,y' },
      subprotocols: ['one', 'two'],
    })
    expect(JSON.parse(String(await socket.readMessage()))).toEqual({
      own: 'mine',
      cookies: { a: '1', b: 'x,y' },
      subprotocol: 'two',
    })
    expect(socket.subprotocol).toBe('two')
    expect(socket.headers.get('x-answer')).toBe('yes')
    await socket.close()
  })

  test('compression: large messages arrive whole', async () => {
    class Handler extends EchoHandler {
      static override readonly compression = true
    }
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, { compression: true })
    expect(socket.headers.get('sec-websocket-extensions')).toContain('permessage-deflate')
    const text = 'a long story, '.repeat(10_000)
    await socket.writeMessage(text)
    expect(await socket.readMessage()).toBe(text)
    await socket.close()
  })

  test('a refused upgrade: the error has status, headers and body', async () => {
    class Refusing extends RequestHandler {
      override get() {
        this.setStatus(403)
        this.setHeader('X-Why', 'because')
        this.write('not for you')
      }
    }
    const { port } = await serve([['/', Refusing]])
    const error = await websocketConnect(`ws://127.0.0.1:${port}/`).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UpgradeRefusedError)
    expect(error).toMatchObject({ status: 403, body: 'not for you' })
    expect((error as UpgradeRefusedError).headers.get('x-why')).toBe('because')
  })

  test("nobody listens: Node's error", async () => {
    const { port, server } = await serve([])
    await server.close()
    await expect(websocketConnect(`ws://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a server that does not answer: rejects after handshakeTimeout, or when the signal says so', async () => {
    const silent = createServer(() => undefined)
    silent.on('upgrade', () => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => {
      silent.closeAllConnections()
      silent.close()
    })
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    await expect(websocketConnect(url, { handshakeTimeout: 30 })).rejects.toThrow(/timed? ?out/i)
    const controller = new AbortController()
    const connecting = websocketConnect(url, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(connecting).rejects.toThrow('enough')
  })

  test('a message above maxMessageSize: the connection is closed with 1009', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, { maxMessageSize: 10 })
    await socket.writeMessage('x'.repeat(11))
    expect(await socket.readMessage()).toBeUndefined()
    expect(socket.closeCode).toBe(1009)
  })

  test('a reader that takes its time: the server has to wait', async () => {
    let written = 0
    class Handler extends WebSocketHandler {
      static override readonly slowConsumer = 'wait'
      override async open() {
        for (; written < 2000; written++) await this.writeMessage(Buffer.alloc(16 * 1024))
        this.close(1000)
      }
    }
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`)
    for (let turns = 0, seen = -1; turns < 1000; turns = seen === written ? turns + 1 : 0) {
      seen = written
      await new Promise(setImmediate)
    }
    expect(written).toBeLessThan(2000)
    let count = 0
    for await (const _ of socket) count++
    expect(count).toBe(2000)
  })

  test('through a proxy: CONNECT with its credentials, then the handshake', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const seen: unknown[] = []
    const proxy = createServer()
    proxy.on('connect', (request, socket, head) => {
      seen.push(request.url, request.headers['proxy-authorization'])
      const [host, target] = (request.url ?? '').split(':')
      const upstream = connect(Number(target), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => void proxy.close())
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, {
      proxy: `http://user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    })
    await socket.writeMessage('through')
    expect(await socket.readMessage()).toBe('through')
    expect(seen).toEqual([`127.0.0.1:${port}`, `Basic ${Buffer.from('user:pass').toString('base64')}`])
    await socket.close()
  })

  test('a server that goes silent: is found by a ping', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const between = await stallingRelay(port)
    const socket = await websocketConnect(`ws://127.0.0.1:${between.port}/`, { pingInterval: 20, pingTimeout: 20 })
    between.stall()
    expect(await socket.readMessage()).toBeUndefined()
    expect([socket.closeCode, socket.closeReason]).toEqual([1011, 'ping timed out'])
  })
})

describe('reconnect', () => {
  test('the connection is lost: a new one is made, and what was missed comes by resume', async () => {
    const hub = new MemoryHub()
    const handlers: WebSocketHandler[] = []
    class Handler extends WebSocketHandler {
      override async open() {
        handlers.push(this)
        await this.subscribe('t', { envelope: true, since: this.getQueryArgument('since', undefined) })
        await this.writeMessage('ready')
      }
    }
    const { port } = await serve([['/', Handler, { hub }]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/?room=1`, {
      reconnect: { minDelay: 1 },
      resume: true,
    })
    expect(await socket.readMessage()).toBe('ready')
    await hub.publish('t', 'one')
    expect(JSON.parse(String(await socket.readMessage()))).toMatchObject({ data: 'one' })
    handlers[0]?.close(1012)
    await once(handlers[0]?.signal as AbortSignal, 'abort')
    await hub.publish('t', 'two')
    expect(JSON.parse(String(await socket.readMessage()))).toMatchObject({ data: 'two' })
    expect(await socket.readMessage()).toBe('ready')
    expect(handlers[1]?.request.query).toMatch(/^room=1&since=\d+-\d+$/)
    await socket.close()
    expect(socket.closeCode).toBe(1000)
  })

  test('a normal close, or an answer such as 403: is final', async () => {
    let opened = 0
    class Handler extends WebSocketHandler {
      override prepare() {
        opened++
        if (opened === 2) this.setStatus(403)
        if (opened === 2) this.finish()
      }
      override open() {
        this.close(1001)
      }
    }
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, { reconnect: { minDelay: 1 } })
    expect(await socket.readMessage()).toBeUndefined()
    expect(socket.closeCode).toBe(1001)
    expect(opened).toBe(2)
  })

  test('close() while it waits to connect again: ends it at once', async () => {
    const { port, server } = await serve([['/', EchoHandler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, { reconnect: { minDelay: 60_000 } })
    await server.close({ deadline: 1000 })
    while (socket.isOpen) await new Promise(setImmediate)
    await socket.close(3000, 'done')
    expect(socket.closeCode).toBe(3000)
    expect(await socket.readMessage()).toBeUndefined()
  })
})

/** Passes bytes on until it is told to stall. */
async function stallingRelay(port: number): Promise<{ port: number; stall: () => void }> {
  let stalled = false
  const relay = createTCPServer((socket) => {
    const upstream = connect(port, '127.0.0.1')
    const pass = (from: typeof socket, to: typeof socket) =>
      from.on('data', (chunk: Buffer) => void (stalled || to.write(chunk)))
    pass(socket, upstream)
    pass(upstream, socket)
    for (const each of [socket, upstream]) each.on('error', () => undefined)
    socket.on('close', () => upstream.destroy())
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  onTestFinished(() => void relay.close())
  return {
    port: (relay.address() as AddressInfo).port,
    stall: () => {
      stalled = true
    },
  }
}
