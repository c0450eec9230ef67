/** What a peer may send and what it may not, with a handler in between; the groups are those of the Autobahn test suite. */
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { closePayload, FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

class EchoHandler extends WebSocketHandler {
  static override readonly maxMessageSize: number = 32 * 1024 * 1024
  static override readonly maxBufferedBytes: number = 64 * 1024 * 1024
  override onMessage(message: string | Buffer) {
    void this.writeMessage(message)
  }
}

async function connect(): Promise<FrameClient> {
  const { port } = await serve([['/', EchoHandler]])
  return FrameClient.open(port)
}

describe('group 1: framing (§5.2)', () => {
  test.each([0, 1, 125, 126, 127, 128, 65_535, 65_536])('%i bytes of text and of data: are echoed', async (size) => {
    const client = await connect()
    const text = '*'.repeat(size)
    client.send(frame(text), frame(Buffer.alloc(size, 0xfe)))
    expect(await client.readText()).toBe(text)
    expect((await client.read())?.payload).toEqual(Buffer.alloc(size, 0xfe))
  })

  test.each([0, 125, 65_535])('%i bytes in chops of 997 bytes: are echoed', async (size) => {
    const client = await connect()
    const bytes = frame('*'.repeat(size))
    for (let i = 0; i < bytes.length; i += 997) {
      client.socket.write(bytes.subarray(i, i + 997))
      await new Promise(setImmediate)
    }
    expect(await client.readText()).toBe('*'.repeat(size))
  })
})

describe('group 2: pings and pongs (§5.5.2, §5.5.3)', () => {
  test.each([
    { data: Buffer.alloc(0), why: 'without data' },
    { data: Buffer.from([0, 255, 254, 253, 252, 251, 0, 255]), why: 'with data that is no text' },
    { data: Buffer.alloc(125, 0xfe), why: 'of the greatest size' },
  ])('a ping $why: comes back as a pong', async ({ data }) => {
    const client = await connect()
    client.send(frame(data, { opcode: 9 }))
    expect(await client.read()).toMatchObject({ fin: true, rsv: 0, opcode: 10, payload: data })
  })

  test('a ping of 126 bytes: 1002', async () => {
    const client = await connect()
    client.send(frame(Buffer.alloc(126), { opcode: 9 }))
    expect((await client.readClose()).code).toBe(1002)
  })

  test('a pong that nobody asked for: is ignored', async () => {
    const client = await connect()
    client.send(frame('unasked', { opcode: 10 }), frame('', { opcode: 9 }))
    expect(await client.read()).toMatchObject({ opcode: 10, payload: Buffer.alloc(0) })
  })

  test('ten pings in chops of one byte: ten pongs', async () => {
    const client = await connect()
    for (let i = 0; i < 10; i++) {
      for (const byte of frame(`${i}`, { opcode: 9 })) {
        client.socket.write(Buffer.from([byte]))
        await new Promise(setImmediate)
      }
    }
    for (let i = 0; i < 10; i++) expect((await client.read())?.payload.toString()).toBe(`${i}`)
  })
})

describe('groups 3 and 4: reserved bits and opcodes (§5.2)', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    'reserved bits %i without an extension: 1002, and what came before is echoed',
    async (rsv) => {
      const client = await connect()
      client.send(frame('before'), frame('wrong', { rsv }), frame('after'))
      expect(await client.readText()).toBe('before')
      expect((await client.readClose()).code).toBe(1002)
      await client.ended()
    },
  )

  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('opcode %i: 1002', async (opcode) => {
    const client = await connect()
    client.send(frame('', { opcode }), frame('', { opcode: 9 }))
    expect((await client.readClose()).code).toBe(1002)
  })
})

describe('group 5: fragmentation (§5.4)', () => {
  test('text in three frames with pings between: is one message, and the pongs come first', async () => {
    const client = await connect()
    client.send(frame('a', { fin: false }), frame('1', { opcode: 9 }), frame('b', { fin: false, opcode: 0 }))
    client.send(frame('2', { opcode: 9 }), frame('c', { opcode: 0 }))
    expect((await client.read())?.payload.toString()).toBe('1')
    expect((await client.read())?.payload.toString()).toBe('2')
    expect(await client.readText()).toBe('abc')
  })

  test('three empty frames: one empty message', async () => {
    const client = await connect()
    client.send(frame('', { fin: false }), frame('', { fin: false, opcode: 0 }), frame('', { opcode: 0 }))
    expect(await client.readText()).toBe('')
  })

  test.each([
    { frames: [frame('x', { opcode: 9, fin: false }), frame('y', { opcode: 0 })], why: 'a ping in fragments' },
    { frames: [frame('x', { opcode: 0 })], why: 'a continuation of nothing' },
    { frames: [frame('x', { opcode: 0, fin: false }), frame('y')], why: 'a continuation of nothing that goes on' },
    { frames: [frame('x', { fin: false }), frame('y')], why: 'a new message inside another' },
    { frames: [frame('x', { fin: false }), frame(Buffer.from('y'), { fin: false })], why: 'bytes inside text' },
  ])('$why: 1002', async ({ frames }) => {
    const client = await connect()
    client.send(...frames)
    expect((await client.readClose()).code).toBe(1002)
  })
})

describe('group 6: UTF-8 (§8.1)', () => {
  const VALID = ['Hello-µ@ßöäüàá-UTF-8!!', '\u{1f600}\u{10ffff}\ud7ff\ue000\ufffd\0', '\ufeffafter a mark']

  test.each(VALID)('%j whole, and cut at every byte into fragments: is echoed', async (text) => {
    const client = await connect()
    const bytes = Buffer.from(text)
    client.send(frame(bytes, { opcode: 1 }))
    expect(await client.readText()).toBe(text)
    client.send(
      ...[...bytes].map((byte, i) =>
        frame(Buffer.from([byte]), { opcode: i === 0 ? 1 : 0, fin: i === bytes.length - 1 }),
      ),
    )
    expect(await client.readText()).toBe(text)
  })

  const INVALID = [
    { hex: 'cebae1bdb9cf83cebcceb5eda080656469746564', why: 'a surrogate' },
    { hex: 'c080', why: 'an overlong NUL' },
    { hex: 'e08080', why: 'an overlong form of three bytes' },
    { hex: 'f08080af', why: 'an overlong form of four bytes' },
    { hex: 'f4908080', why: 'beyond U+10FFFF' },
    { hex: 'f5', why: 'a byte that never occurs' },
    { hex: '80', why: 'a stray continuation' },
    { hex: 'ceba61ce', why: 'cut in the middle of a character' },
    { hex: 'c3', why: 'one byte of two' },
    { hex: 'eda0', why: 'half a surrogate' },
  ]
  test.each(INVALID)('$hex whole: 1007, $why', async ({ hex }) => {
    const client = await connect()
    client.send(frame(Buffer.from(hex, 'hex'), { opcode: 1 }))
    expect((await client.readClose()).code).toBe(1007)
    await client.ended()
  })

  test.each(INVALID)('$hex in fragments of one byte: 1007, $why', async ({ hex }) => {
    const client = await connect()
    const bytes = Buffer.from(hex, 'hex')
    client.send(
      ...[...bytes].map((byte, i) =>
        frame(Buffer.from([byte]), { opcode: i === 0 ? 1 : 0, fin: i === bytes.length - 1 }),
      ),
    )
    expect((await client.readClose()).code).toBe(1007)
  })

  test('a wrong byte in the second of three fragments: 1007 before the third comes', async () => {
    const client = await connect()
    client.send(frame('κόσμε', { fin: false }), frame(Buffer.from('f4908080', 'hex'), { opcode: 0, fin: false }))
    expect((await client.readClose()).code).toBe(1007)
  })

  test('a wrong byte in the middle of a frame that is not complete: 1007 before the rest comes', async () => {
    const client = await connect()
    const bytes = frame(
      Buffer.concat([Buffer.from('κόσμε'), Buffer.from('f4908080', 'hex'), Buffer.alloc(100, 0x61)]),
      { opcode: 1 },
    )
    client.socket.write(bytes.subarray(0, 6 + 15))
    expect((await client.readClose()).code).toBe(1007)
  })

  test('bytes are no text: nothing is checked', async () => {
    const client = await connect()
    client.send(frame(Buffer.from('ff', 'hex'), { fin: false }), frame(Buffer.from('ff', 'hex'), { opcode: 0 }))
    expect((await client.read())?.payload.toString('hex')).toBe('ffff')
  })
})

describe('group 7: closing (§5.5.1, §7.4)', () => {
  test('what follows a close frame: means nothing', async () => {
    const client = await connect()
    client.send(frame('before'), frame(closePayload(1000), { opcode: 8 }), frame('after'), frame('', { opcode: 9 }))
    expect(await client.readText()).toBe('before')
    expect((await client.readClose()).code).toBe(1000)
    expect(await client.read()).toBeUndefined()
  })

  test('a close frame between fragments: the message is never complete', async () => {
    const client = await connect()
    client.send(frame('a', { fin: false }), frame(closePayload(1000), { opcode: 8 }), frame('b', { opcode: 0 }))
    expect((await client.readClose()).code).toBe(1000)
    expect(await client.read()).toBeUndefined()
  })

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'code %i: is echoed',
    async (code) => {
      const client = await connect()
      client.send(frame(closePayload(code), { opcode: 8 }))
      expect((await client.readClose()).code).toBe(code)
    },
  )

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])('code %i: 1002', async (code) => {
    const client = await connect()
    client.send(frame(closePayload(code), { opcode: 8 }))
    expect((await client.readClose()).code).toBe(1002)
  })

  test.each([
    { payload: Buffer.from([3]), code: 1002, why: 'half a code' },
    {
      payload: closePayload(1000, Buffer.from('cebae1bdb9eda080', 'hex')),
      code: 1007,
      why: 'a reason that is not UTF-8',
    },
    { payload: closePayload(1000, 'x'.repeat(124)), code: 1002, why: 'a reason of more than 123 bytes' },
  ])('$why: $code', async ({ payload, code }) => {
    const client = await connect()
    client.send(frame(payload, { opcode: 8 }))
    expect((await client.readClose()).code).toBe(code)
  })
})

describe('masks (§5.1)', () => {
  test('a frame without a mask: 1002', async () => {
    const client = await connect()
    client.send(frame('open', { masked: false }))
    expect((await client.readClose()).code).toBe(1002)
  })
})

describe('group 9: sizes', () => {
  test.each([
    { size: 1024 * 1024, pieces: 1 },
    { size: 16 * 1024 * 1024, pieces: 1 },
    { size: 4 * 1024 * 1024, pieces: 4096 },
  ])('$size bytes of text in $pieces frames: are echoed', async ({ size, pieces }) => {
    const client = await connect()
    const text = 'ä*'.repeat(size / 3)
    const bytes = Buffer.from(text)
    const each = Math.ceil(bytes.length / pieces)
    for (let i = 0; i < pieces; i++) {
      client.send(frame(bytes.subarray(i * each, (i + 1) * each), { opcode: i === 0 ? 1 : 0, fin: i === pieces - 1 }))
    }
    expect((await client.readText()) === text).toBe(true) // toBe would print megabytes
  })

  test.each([
    { parts: { announced: 1_048_577 }, why: 'announced in 8 bytes, before the payload comes' },
    { parts: { announced: Number.MAX_SAFE_INTEGER }, why: 'announced as large as can be' },
  ])('a message above maxMessageSize $why: 1009', async ({ parts }) => {
    class Small extends WebSocketHandler {}
    const { port } = await serve([['/', Small]])
    const client = await FrameClient.open(port)
    client.send(frame('', parts))
    expect((await client.readClose()).code).toBe(1009)
  })

  test('fragments that come to more than maxMessageSize: 1009', async () => {
    class Small extends WebSocketHandler {
      static override readonly maxMessageSize = 100
    }
    const { port } = await serve([['/', Small]])
    const client = await FrameClient.open(port)
    client.send(frame('x'.repeat(60), { fin: false }), frame('x'.repeat(41), { opcode: 0 }))
    expect((await client.readClose()).code).toBe(1009)
  })
})
