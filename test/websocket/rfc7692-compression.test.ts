/** permessage-deflate; the groups are 12 and 13 of the Autobahn test suite. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { HandlerClass } from '@typhoon/core'
import { MemoryHub } from '@typhoon/pubsub'
import { type WebSocketCompressionOptions, WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { type Frame, FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

const RSV1 = 4
const TAIL = Buffer.from([0, 0, 0xff, 0xff])
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }

class EchoHandler extends WebSocketHandler {
  static override readonly compression: boolean | WebSocketCompressionOptions = { threshold: 0 }
  override onMessage(message: string | Buffer): unknown {
    void this.writeMessage(message)
    return undefined
  }
}

async function connect(offer: string, Handler: HandlerClass = EchoHandler): Promise<FrameClient> {
  const { port } = await serve([['/', Handler]])
  return FrameClient.open(port, { fields: { 'Sec-WebSocket-Extensions': offer } })
}

function deflated(text: string | Buffer, windowBits = 15): Buffer {
  return deflateRawSync(text, { ...SYNC, windowBits }).subarray(0, -4)
}

function inflated(found: Frame | undefined, windowBits = 15): string {
  expect(found?.rsv).toBe(RSV1)
  return inflateRawSync(Buffer.concat([found?.payload ?? TAIL, TAIL]), { ...SYNC, windowBits }).toString()
}

function agreed(client: FrameClient): string | undefined {
  return /^sec-websocket-extensions: (.*)$/im.exec(client.answer.head)?.[1]
}

describe('negotiation (RFC 7692 §7.1)', () => {
  test.each([
    { offer: 'permessage-deflate', bits: 15 },
    { offer: 'permessage-deflate; client_max_window_bits', bits: 15 },
    { offer: 'permessage-deflate; server_max_window_bits=10', bits: 10 },
    { offer: 'permessage-deflate; server_max_window_bits="9"; client_max_window_bits=12', bits: 9 },
    { offer: 'x-other; a=1, permessage-deflate; server_no_context_takeover', bits: 15 },
  ])('$offer: agreed without context takeover, and echoed with a window of 2^$bits', async ({ offer, bits }) => {
    const client = await connect(offer)
    expect(agreed(client)).toMatch(/^permessage-deflate.*; server_no_context_takeover/)
    expect(agreed(client)).toContain('client_no_context_takeover')
    const text = 'to be or not to be, '.repeat(200)
    client.send(frame(deflated(text), { opcode: 1, rsv: RSV1 }))
    expect(inflated(await client.read(), bits)).toBe(text)
  })

  test('server_max_window_bits=8: messages are sent as they are, since zlib has no such window', async () => {
    const client = await connect('permessage-deflate; server_max_window_bits=8')
    client.send(frame('plain'))
    expect(await client.read()).toMatchObject({ rsv: 0, payload: Buffer.from('plain') })
  })

  test.each(['x-other', 'permessage-bzip2; a'])('%s: nothing is agreed', async (offer) => {
    expect(agreed(await connect(offer))).toBeUndefined()
  })

  test('a handler without compression: nothing is agreed, and RSV1 is a violation', async () => {
    class Plain extends WebSocketHandler {}
    const client = await connect('permessage-deflate', Plain)
    expect(agreed(client)).toBeUndefined()
    client.send(frame(deflated('x'), { opcode: 1, rsv: RSV1 }))
    expect((await client.readClose()).code).toBe(1002)
  })
})

describe('messages', () => {
  test.each([0, 1, 100, 10_000, 200_000])('%i bytes of text and of data, twice: are echoed', async (size) => {
    const client = await connect('permessage-deflate')
    const text = 'abcdefghij'.repeat(size / 10 + 1).slice(0, size)
    for (const opcode of [1, 2, 1]) {
      client.send(frame(deflated(text), { opcode, rsv: RSV1 }))
      const found = await client.read()
      expect(found?.opcode).toBe(opcode)
      expect(inflated(found)).toBe(text)
    }
  })

  test('fragments, with a ping between them: are one message (a defect of Tornado)', async () => {
    const client = await connect('permessage-deflate')
    const bytes = deflated('hello '.repeat(100))
    client.send(
      frame(bytes.subarray(0, 5), { opcode: 1, rsv: RSV1, fin: false }),
      frame('between', { opcode: 9 }),
      frame(bytes.subarray(5), { opcode: 0 }),
    )
    expect((await client.read())?.payload.toString()).toBe('between')
    expect(inflated(await client.read())).toBe('hello '.repeat(100))
  })

  test('uncompressed messages: are welcome too (§6)', async () => {
    const client = await connect('permessage-deflate')
    client.send(frame('plain'))
    expect(inflated(await client.read())).toBe('plain')
  })

  test('many compressed messages at once: keep their order', async () => {
    const client = await connect('permessage-deflate')
    client.send(...Array.from({ length: 100 }, (_, i) => frame(deflated(`${i}`), { opcode: 1, rsv: RSV1 })))
    for (let i = 0; i < 100; i++) expect(inflated(await client.read())).toBe(`${i}`)
  })

  test('below the threshold: sent as they are', async () => {
    class Threshold extends EchoHandler {
      static override readonly compression = true
    }
    const client = await connect('permessage-deflate', Threshold)
    client.send(frame('x'.repeat(1023)), frame('x'.repeat(1024)))
    expect((await client.read())?.rsv).toBe(0)
    expect((await client.read())?.rsv).toBe(RSV1)
  })

  test.each([
    { payload: Buffer.from('ff00ff00', 'hex'), code: 1007, why: 'data that does not inflate' },
    { payload: deflated(Buffer.from('c3', 'hex')), code: 1007, why: 'text that is not UTF-8 once inflated' },
    { payload: deflated('x'.repeat(2 * 1024 * 1024)), code: 1009, why: 'a bomb, stopped at maxMessageSize' },
  ])('$why: $code', async ({ payload, code }) => {
    const client = await connect('permessage-deflate')
    client.send(frame(payload, { opcode: 1, rsv: RSV1 }))
    expect((await client.readClose()).code).toBe(code)
    await client.ended()
  })

  test('RSV1 in a continuation: 1002 (§6.1)', async () => {
    const client = await connect('permessage-deflate')
    client.send(frame('a', { fin: false }), frame('b', { opcode: 0, rsv: RSV1 }))
    expect((await client.readClose()).code).toBe(1002)
  })

  test('bombs in a row while a hook is busy: one is inflated at a time', async () => {
    let finish: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    let count = 0
    let begin: () => void = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    class Busy extends EchoHandler {
      override async onMessage() {
        count++
        begin()
        if (count === 1) await finished
        if (count === 40) await this.writeMessage('all')
      }
    }
    const client = await connect('permessage-deflate', Busy)
    const bomb = deflated('x'.repeat(1024 * 1024)) // 1 KiB on the wire
    const before = process.memoryUsage().arrayBuffers
    client.send(...Array.from({ length: 40 }, () => frame(bomb, { opcode: 1, rsv: RSV1 })), frame('', { opcode: 9 }))
    await begun
    for (let i = 0; i < 2000; i++) await new Promise(setImmediate)
    expect(count).toBe(1)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    finish()
    expect((await client.read())?.payload.length).toBeGreaterThan(0)
    expect(count).toBe(40)
  })
})

test('a broadcast to clients with different agreements: each gets what it can read', async () => {
  const hub = new MemoryHub()
  class Topic extends EchoHandler {
    override async open() {
      await this.subscribe('t')
      await this.writeMessage('ready')
    }
  }
  const { port } = await serve([['/', Topic, { hub }]])
  const offers = [null, 'permessage-deflate', 'permessage-deflate', 'permessage-deflate; server_max_window_bits=9']
  const clients = await Promise.all(
    offers.map((offer) => FrameClient.open(port, { fields: { 'Sec-WebSocket-Extensions': offer } })),
  )
  for (const client of clients) await client.read()
  const text = 'a message for everybody, '.repeat(100)
  await hub.publish('t', text)
  const [plain, first, second, small] = await Promise.all(clients.map((client) => client.read()))
  expect(plain).toMatchObject({ rsv: 0, payload: Buffer.from(text) })
  expect(inflated(first)).toBe(text)
  expect(second).toEqual(first)
  expect(inflated(small, 9)).toBe(text)
})
