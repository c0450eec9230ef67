import { once } from 'node:events'
import { connect } from 'node:net'
import { constants, deflateRawSync } from 'node:zlib'
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { FrameClient, frame, closePayload } from './frame-client.ts'
import { serve } from './socket-server.ts'

const RSV1 = 4
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }
const deflated = (text: string) => deflateRawSync(text, SYNC).subarray(0, -4)
const turn = () => new Promise(setImmediate)

describe('pool', () => {
  class Echo extends WebSocketHandler {
    static override readonly compression = { threshold: 100_000 }
    static override readonly maxMessageSize = 10_000
    override onMessage(m: string | Buffer) {
      void this.writeMessage(m)
    }
  }
  const fin = deflateRawSync('final')
  const variants: [string, Buffer[]][] = [
    ['final block', [frame(fin, { opcode: 1, rsv: RSV1 })]],
    ['final block + 0', [frame(Buffer.concat([fin, Buffer.alloc(1)]), { opcode: 1, rsv: RSV1 })]],
    ['final block + garbage', [frame(Buffer.concat([fin, Buffer.alloc(3000, 0xff)]), { opcode: 1, rsv: RSV1 })]],
    ['final + final', [frame(Buffer.concat([fin, fin]), { opcode: 1, rsv: RSV1 })]],
    ['final then fragment', [frame(fin, { opcode: 1, rsv: RSV1, fin: false }), frame(deflated('x'), { opcode: 0 })]],
    ['final then empty', [frame(fin, { opcode: 1, rsv: RSV1, fin: false }), frame(Buffer.alloc(0), { opcode: 0 })]],
    ['empty', [frame(Buffer.alloc(0), { opcode: 1, rsv: RSV1 })]],
    ['garbage', [frame(Buffer.alloc(50, 0xff), { opcode: 1, rsv: RSV1 })]],
    ['bomb', [frame(deflated('a'.repeat(1_000_000)), { opcode: 1, rsv: RSV1 })]],
    ['not utf8', [frame(deflateRawSync(Buffer.alloc(9, 0xff), SYNC).subarray(0, -4), { opcode: 1, rsv: RSV1 })]],
    ['cut deflate', [frame(deflated('hello hello hello').subarray(0, 5), { opcode: 1, rsv: RSV1 })]],
    ['two fragments, cut', [frame(deflated('hello'), { opcode: 1, rsv: RSV1, fin: false })]],
  ]
  test.each(variants)('%s: the next one is unaffected', async (_n, frames) => {
    const { port } = await serve([['/', Echo]])
    const open = () => FrameClient.open(port, { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    const a = await open()
    const b = await open()
    a.send(...frames)
    b.send(frame(deflated('warm b'), { opcode: 1, rsv: RSV1 }))
    expect(await b.readText()).toBe('warm b')
    await turn()
    for (let i = 0; i < 5; i++) {
      b.send(frame(deflated('hello b'), { opcode: 1, rsv: RSV1 }))
      expect(await b.readText()).toBe('hello b')
    }
    if (_n.startsWith('final') && !_n.includes('ragment')) {
      const got = await a.read()
      console.log(_n, got?.opcode, got?.payload.toString())
    }
    a.destroy()
    for (let i = 0; i < 3; i++) {
      b.send(frame(deflated('hello c'), { opcode: 1, rsv: RSV1 }))
      expect(await b.readText()).toBe('hello c')
      await turn()
    }
  })
  test('destroyed while inflating', async () => {
    const { port } = await serve([['/', Echo]])
    const open = () => FrameClient.open(port, { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    for (let i = 0; i < 20; i++) {
      const a = await open()
      a.send(frame(deflated('secret'.repeat(1000)), { opcode: 1, rsv: RSV1 }))
      if (i % 2) await turn()
      a.socket.resetAndDestroy()
      const b = await open()
      b.send(frame(deflated('hello b'), { opcode: 1, rsv: RSV1 }))
      expect(await b.readText()).toBe('hello b')
      b.destroy()
    }
  })
})

test('half-open and not reading: cut off', async () => {
  let closed: (c: number) => void = () => {}
  const done = new Promise<number>((r) => { closed = r })
  class H extends WebSocketHandler {
    static override readonly pingInterval = 0
    static override readonly closeTimeout = 100
    static override readonly maxBufferedBytes = 64 * 1024 * 1024
    override open() {
      for (let i = 0; i < 20; i++) void this.writeMessage('x'.repeat(1024 * 1024)).catch(() => {})
    }
    override onClose(c: number) { closed(c) }
  }
  const { port } = await serve([['/', H]])
  const client = await FrameClient.open(port)
  client.socket.pause()
  client.socket.end()
  expect(await done).toBe(1006)
}, 4000)

test('a burst of pings from one that reads', async () => {
  class H extends WebSocketHandler {}
  const { port } = await serve([['/', H]])
  const client = await FrameClient.open(port)
  client.send(...Array.from({ length: 400 }, () => frame(Buffer.alloc(125), { opcode: 9 })))
  for (let i = 0; i < 400; i++) expect((await client.read())?.opcode).toBe(10)
})

test.each(['open', 'onMessage', 'onClose', 'asyncMessage'])('logException throws for %s', async (where) => {
  let closed: (c: number) => void = () => {}
  const done = new Promise<number>((r) => { closed = r })
  class H extends WebSocketHandler {
    override open() { if (where === 'open') throw new Error('x') }
    override onMessage() { if (where === 'onMessage') throw new Error('x'); if (where === 'asyncMessage') return Promise.reject(new Error('x')); return }
    override onClose(c: number) { closed(c); if (where === 'onClose') throw new Error('x') }
    override logException() { throw new Error('from log') }
  }
  const { port, server } = await serve([['/', H]])
  const client = await FrameClient.open(port)
  client.send(frame('hello'))
  if (where === 'onClose') client.send(frame(closePayload(1000), { opcode: 8 }))
  await client.read()
  client.destroy()
  await done
  await server.close()
}, 4000)

test.each([0, 1])('FIN right behind the handshake, async prepare %i', async (slow) => {
  const told: string[] = []
  let closed: (c: number) => void = () => {}
  const done = new Promise<number>((r) => { closed = r })
  class H extends WebSocketHandler {
    override async prepare() { if (slow) await new Promise((r) => setTimeout(r, 50)) }
    override onMessage(m: string) { told.push(m) }
    override onClose(c: number) { told.push(`closed ${c}`); closed(c) }
  }
  const { port } = await serve([['/', H]])
  const s = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  s.end(Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n'), frame('one'), frame('two')]))
  s.resume()
  await once(s, 'end')
  await done
  expect(told).toEqual(['one', 'two', 'closed 1006'])
}, 4000)

test('idle while a message waits', async () => {
  const told: string[] = []
  class H extends WebSocketHandler {
    static override readonly idleTimeout = 60
    override async onMessage(m: string) { told.push(m); if (m === 'a') await new Promise((r) => setTimeout(r, 200)); await this.writeMessage(m).catch(() => {}) }
  }
  const { port } = await serve([['/', H]])
  const c = await FrameClient.open(port)
  c.send(frame('a'), frame('b'))
  expect(await c.readText()).toBe('a')
  expect(await c.readText()).toBe('b')
}, 4000)

import { MemoryHub } from '@typhoon/pubsub'
test.each(['own', 'peer'])("wait: nothing after the close frame, %s", async (who) => {
  const results: string[] = []
  class H extends WebSocketHandler {
    static override readonly slowConsumer = 'wait'
    static override readonly maxBufferedBytes = 16 * 1024 * 1024
    override onMessage() {
      for (let i = 0; i < 240; i++) void this.writeMessage(`${i} ${'x'.repeat(128 * 1024)}`).then(() => results.push('ok'), () => results.push('no'))
      if (who === 'own') this.close(1000)
    }
  }
  const { port } = await serve([['/', H]])
  const c = await FrameClient.open(port)
  c.socket.pause()
  c.send(frame('go'))
  if (who === 'peer') { await turn(); await turn(); c.send(frame(closePayload(1000), { opcode: 8 })) }
  await new Promise((r) => setTimeout(r, 100))
  c.socket.resume()
  const seen: number[] = []
  for (let f = await c.read(); f !== undefined; f = await c.read()) { seen.push(f.opcode); if (f.opcode === 8) c.send(frame(closePayload(1000), { opcode: 8 })) }
  console.log(who, seen.length, seen.indexOf(8), results.length)
  expect(seen.indexOf(8)).toBe(seen.length - 1)
  if (who === 'own') expect(seen.length).toBe(241)
}, 4000)

test('presence while paused', async () => {
  const told: string[] = []
  const hub = new MemoryHub({ maxHistoryMessages: 10_000, maxHistorySize: 64 * 1024 * 1024 })
  class H extends WebSocketHandler {
    static override readonly slowConsumer = 'wait'
    static override readonly maxBufferedBytes = 256 * 1024
    override async open() {
      await this.subscribe('t', { onPresence: ({ type, member }) => told.push(`${type} ${member}`) })
      await this.writeMessage('ready')
    }
  }
  const { port } = await serve([['/', H, { hub }]])
  const c = await FrameClient.open(port)
  expect(await c.readText()).toBe('ready')
  c.socket.pause()
  for (let i = 0; i < 1000; i++) { await hub.publish('t', `${i} ${'x'.repeat(16 * 1024)}`); if (i % 10 === 9) await turn() }
  const m = await hub.join('t', 'ann')
  expect(told).toEqual(['join ann'])
  await hub.publish('t', 'end')
  c.socket.resume()
  let n = 0
  for (let text = await c.readText(); text !== 'end'; text = await c.readText()) expect(text.startsWith(`${n++} `)).toBe(true)
  expect(n).toBe(1000)
  await turn()
  await m.leave()
  expect(told).toEqual(['join ann', 'leave ann'])
  expect(await hub.count('t')).toBe(1)
  c.destroy()
}, 4000)
