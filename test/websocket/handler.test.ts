import { once } from 'node:events'
import { type Incoming, type MessageSchemas, WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { closePayload, FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

class EchoHandler extends WebSocketHandler {
  override onMessage(message: string | Buffer) {
    void this.writeMessage(message)
  }
}

/** A promise with its resolve function, and a place to wait for it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Notes what happens in order, and lets a test wait until enough has. */
class Diary {
  readonly entries: string[] = []
  #wake: () => void = () => {}

  write(entry: string): void {
    this.entries.push(entry)
    this.#wake()
  }

  async until(entry: string): Promise<void> {
    while (!this.entries.includes(entry)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

describe('messages', () => {
  test('text and bytes: come back as they were sent', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const client = await FrameClient.open(port)
    client.send(frame('hello'), frame(Buffer.from([1, 2, 3])))
    expect(await client.readText()).toBe('hello')
    expect(await client.read()).toMatchObject({ opcode: 2, payload: Buffer.from([1, 2, 3]) })
  })

  test('an object: is sent as JSON text, and `binary` changes the opcode', async () => {
    class Handler extends WebSocketHandler {
      override async open() {
        await this.writeMessage({ a: 1 })
        await this.writeMessage('text', { binary: true })
        await this.writeMessage(Buffer.from('bytes'), { binary: false })
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect(await client.readText()).toBe('{"a":1}')
    expect(await client.read()).toMatchObject({ opcode: 2, payload: Buffer.from('text') })
    expect(await client.readText()).toBe('bytes')
  })

  test('frames behind the handshake in the same packet: are not lost', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const client = await FrameClient.open(port, {}, frame('early'))
    expect(await client.readText()).toBe('early')
  })

  test('a message cut at every byte: arrives whole', async () => {
    const { port } = await serve([['/', EchoHandler]])
    const client = await FrameClient.open(port)
    for (const byte of Buffer.concat([frame('häl', { fin: false }), frame('lo', { opcode: 0 })])) {
      client.socket.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    expect(await client.readText()).toBe('hällo')
  })

  test('many messages written without waiting: keep their order', async () => {
    class Handler extends WebSocketHandler {
      override onMessage(message: string | Buffer) {
        for (let i = 0; i < 5; i++) void this.writeMessage(`${message.toString()}.${i}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(...Array.from({ length: 200 }, (_, i) => frame(`${i}`)))
    for (let i = 0; i < 200; i++) for (let k = 0; k < 5; k++) expect(await client.readText()).toBe(`${i}.${k}`)
  })

  test('pings: are answered between messages, and both hooks are called', async () => {
    const diary = new Diary()
    class Handler extends EchoHandler {
      override onPing(data: Buffer) {
        diary.write(`ping ${data.toString()}`)
      }
      override onPong(data: Buffer) {
        diary.write(`pong ${data.toString()}`)
      }
      override open() {
        this.ping('asked')
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect(await client.read()).toMatchObject({ opcode: 9, payload: Buffer.from('asked') })
    client.send(frame('asked', { opcode: 10 }), frame('there?', { opcode: 9 }), frame('done'))
    expect(await client.read()).toMatchObject({ opcode: 10, payload: Buffer.from('there?') })
    expect(await client.readText()).toBe('done')
    expect(diary.entries).toEqual(['pong asked', 'ping there?'])
  })
})

describe('hooks are serial', () => {
  test('messages before open() has settled: wait for it', async () => {
    const { opened, open } = gate()
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override async open() {
        diary.write('open begins')
        await opened
        diary.write('open ends')
      }
      override onMessage(message: string | Buffer) {
        diary.write(message.toString())
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port, {}, frame('one'))
    client.send(frame('two'))
    await diary.until('open begins')
    client.send(frame('', { opcode: 9 }))
    open()
    expect(await client.read()).toMatchObject({ opcode: 10 }) // behind both messages
    await diary.until('two')
    expect(diary.entries).toEqual(['open begins', 'open ends', 'one', 'two'])
  })

  test('an async onMessage(): the next message waits for it', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override async onMessage(message: string | Buffer) {
        diary.write(`begin ${message.toString()}`)
        await new Promise(setImmediate)
        diary.write(`end ${message.toString()}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('1'), frame('2'), frame('3'))
    await diary.until('end 3')
    expect(diary.entries).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
  })

  test('a flood while onMessage() is busy: the server stops reading, so the client cannot send on', async () => {
    const { opened, open } = gate()
    let count = 0
    class Handler extends WebSocketHandler {
      override async onMessage() {
        count++
        if (count === 1) await opened
      }
      override onClose() {
        closed.open()
      }
    }
    const closed = gate()
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    const block = Buffer.concat(Array.from({ length: 1000 }, () => frame(Buffer.alloc(1000))))
    let sent = 0
    while (sent < 200 && client.socket.writableLength < 8 * 1024 * 1024) {
      client.socket.write(block)
      sent++
      await new Promise(setImmediate)
    }
    expect(sent).toBeLessThan(200) // 200 MB did not fit anywhere
    expect(count).toBe(1)
    open()
    client.send(frame(closePayload(1000), { opcode: 8 }))
    await closed.opened
    expect(count).toBe(sent * 1000)
  })

  test('onClose() waits for the hook under way, which learns by `signal` that the socket is gone', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override async open() {
        diary.write('open')
        await once(this.signal, 'abort')
        diary.write('aborted')
      }
      override onClose(code: number) {
        diary.write(`close ${code}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    await diary.until('open')
    client.socket.resetAndDestroy()
    await diary.until('close 1006')
    expect(diary.entries).toEqual(['open', 'aborted', 'close 1006'])
  })
})

describe('messages()', () => {
  test('a loop in open(): gets every message and ends with the socket', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override async open() {
        for await (const message of this.messages()) {
          await new Promise(setImmediate)
          diary.write(message.toString())
        }
        diary.write('loop ends')
      }
      override onClose(code: number) {
        diary.write(`close ${code}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port, {}, frame('early'))
    client.send(frame('a'), frame('b'), frame(closePayload(1000), { opcode: 8 }))
    await diary.until('close 1000')
    expect(diary.entries).toEqual(['early', 'a', 'b', 'loop ends', 'close 1000'])
  })

  test('pings before and during the loop: their hook runs between messages', async () => {
    const diary = new Diary()
    const { opened, open } = gate()
    class Handler extends WebSocketHandler {
      override async open() {
        await opened
        for await (const message of this.messages()) diary.write(message.toString())
      }
      override async onPing(data: Buffer) {
        await new Promise(setImmediate)
        diary.write(`ping ${data.toString()}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('1', { opcode: 9 }), frame('a'), frame('2', { opcode: 9 }), frame('b'))
    expect((await client.read())?.opcode).toBe(10)
    open()
    await diary.until('b')
    expect(diary.entries).toEqual(['ping 1', 'a', 'ping 2', 'b'])
  })

  test('a loop that is left: the rest goes to onMessage()', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override async open() {
        for await (const message of this.messages()) {
          diary.write(`loop ${message.toString()}`)
          break
        }
      }
      override onMessage(message: string | Buffer) {
        diary.write(`hook ${message.toString()}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('a'), frame('b'))
    await diary.until('hook b')
    expect(diary.entries).toEqual(['loop a', 'hook b'])
  })
})

describe('errors and closing', () => {
  test.each(['open', 'onMessage', 'async onMessage', 'onPing'])(
    '%s throws: 1011, one log line with the request, onClose() once',
    async (place) => {
      const diary = new Diary()
      class Handler extends WebSocketHandler {
        override open() {
          if (place === 'open') throw new Error('broken')
        }
        override onMessage() {
          if (place === 'onMessage') throw new Error('broken')
          return Promise.reject(new Error('broken'))
        }
        override onPing() {
          throw new Error('broken')
        }
        override onClose(code: number) {
          diary.write(`close ${code}`)
        }
      }
      const { port, log, logged } = await serve([['/sock', Handler]])
      const client = await FrameClient.open(port, { path: '/sock' })
      client.send(frame('x', { opcode: place === 'onPing' ? 9 : 1 }))
      if (place === 'onPing') await client.read() // the pong
      expect(await client.readClose()).toEqual({ code: 1011, reason: '' })
      client.send(frame('too late'), frame(closePayload(1011), { opcode: 8 }))
      await diary.until('close 1011')
      await logged(/^101 GET \/sock/)
      expect(diary.entries).toEqual(['close 1011'])
      expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
        expect.stringMatching(/^uncaught exception GET \/sock/),
      ])
    },
  )

  test('onClose() throws: it is logged and the request ends', async () => {
    class Handler extends WebSocketHandler {
      override onClose() {
        throw new Error('broken')
      }
    }
    const { port, logged } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.destroy()
    expect((await logged(/uncaught exception/)).fields['err']).toMatchObject({ message: 'broken' })
    await logged(/^101 GET/)
  })

  test.each([
    {
      sent: closePayload(1000, 'bye'),
      answer: { code: 1000, reason: 'bye' },
      seen: [1000, 'bye'],
      why: 'the code is echoed',
    },
    { sent: Buffer.alloc(0), answer: { code: 1005, reason: '' }, seen: [1005, ''], why: 'no code, none back (§7.1.5)' },
    {
      sent: closePayload(4321),
      answer: { code: 4321, reason: '' },
      seen: [4321, ''],
      why: 'a code of the application',
    },
  ])('a close frame $sent: $why', async ({ sent, answer, seen }) => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      override onClose(...args: [number, string]) {
        diary.write(JSON.stringify([args, this.closeCode, this.closeReason]))
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame(sent, { opcode: 8 }))
    expect(await client.readClose()).toEqual(answer)
    await client.ended()
    await diary.until(JSON.stringify([seen, ...seen]))
  })

  test('close(code, reason): is sent behind what was written, and writing afterwards is refused', async () => {
    const results: string[] = []
    class Handler extends WebSocketHandler {
      override async open() {
        void this.writeMessage('last')
        this.close(3001, 'enough')
        await this.writeMessage('never').catch((error: Error) => results.push(error.name))
        this.close() // once more does nothing
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect(await client.readText()).toBe('last')
    expect(await client.readClose()).toEqual({ code: 3001, reason: 'enough' })
    client.send(frame(closePayload(3001), { opcode: 8 }))
    await client.ended()
    expect(results).toEqual(['WebSocketClosedError'])
  })

  test.each([
    { code: 1005, reason: '', why: 'may not be sent, RFC 6455 §7.4.1' },
    { code: 1006, reason: '', why: 'may not be sent' },
    { code: 999, reason: '', why: 'no close code' },
    { code: 1000, reason: 'ü'.repeat(62), why: '124 bytes do not fit into a control frame' },
  ])('close($code, $reason): RangeError, $why', async ({ code, reason }) => {
    const caught: unknown[] = []
    class Handler extends WebSocketHandler {
      override open() {
        try {
          this.close(code, reason)
        } catch (error) {
          caught.push(error)
        }
        this.close(1000)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    expect(await client.readClose()).toEqual({ code: 1000, reason: '' })
    expect(caught).toEqual([expect.any(RangeError)])
  })

  test('a client that never answers the close frame: is cut off after closeTimeout', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler {
      static override readonly closeTimeout = 50
      override open() {
        this.close(1000)
      }
      override onClose(code: number) {
        diary.write(`close ${code}`)
      }
    }
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    await client.ended()
    await diary.until('close 1000')
    expect(diary.entries).toEqual(['close 1000'])
  })

  test('response methods after the upgrade: throw', async () => {
    const names: string[] = []
    class Handler extends WebSocketHandler {
      override open() {
        for (const act of [
          () => this.write('x'),
          () => this.setHeader('A', 'b'),
          () => this.finish(),
          () => this.setCookie('a', 'b'),
        ]) {
          try {
            act()
          } catch (error) {
            names.push((error as Error).name)
          }
        }
        this.close(1000)
      }
    }
    const { port } = await serve([['/', Handler]])
    await (await FrameClient.open(port)).readClose()
    expect(names).toEqual(['ResponseFinishedError', 'HeadersSentError', 'ResponseFinishedError', 'HeadersSentError'])
  })
})

describe('the request life cycle', () => {
  test('path arguments, initialize(), prepare(), cookies and onFinish(): as for any handler', async () => {
    const diary = new Diary()
    class Handler extends WebSocketHandler<{ room: string }> {
      override initialize({ greeting }: { greeting: string }) {
        diary.write(greeting)
      }
      override prepare() {
        this.setCookie('seen', 'yes')
        this.setHeader('X-Room', this.pathArgs.room)
      }
      override open({ room }: { room: string }) {
        diary.write(`open ${room} ${this.pathArgs.room}`)
      }
      override onClose() {
        diary.write('close')
      }
      override onFinish() {
        diary.write('finish')
      }
    }
    const { port, logged } = await serve([['/rooms/:room', Handler, { greeting: 'hi' }]])
    const client = await FrameClient.open(port, { path: '/rooms/b%C3%BCro' })
    expect(client.answer.head).toMatch(/^set-cookie: seen=yes/im)
    expect(client.answer.head).not.toMatch(/^content-(type|length)/im)
    client.send(frame(closePayload(1000), { opcode: 8 }))
    await client.ended()
    await diary.until('finish')
    expect(diary.entries).toEqual(['hi', 'open büro büro', 'close', 'finish'])
    const line = await logged(/^101 GET \/rooms\/b%C3%BCro \(127\.0\.0\.1\) [\d.]+ms close 1000$/)
    expect(line).toMatchObject({ level: 'info', fields: { status: 101, closeCode: 1000 } })
  })
})

describe('static messages', () => {
  /** Accepts objects with a text under `say`, as any Standard Schema library would. */
  const saying = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => {
        const { say } = (value ?? {}) as { say?: unknown }
        return typeof say === 'string'
          ? { value: { say: say.toUpperCase() } }
          : { issues: [{ message: 'say must be text', path: ['say'] }] }
      },
    },
  } as const satisfies NonNullable<MessageSchemas['in']> & object
  const messages = { in: saying, out: saying }

  class Handler extends WebSocketHandler<object, typeof messages> {
    static override readonly messages = messages
    override async onMessage(message: Incoming<typeof messages>) {
      await this.writeMessage({ say: `${message.say}!` })
    }
  }

  test('valid JSON: the handler gets what the schema returns', async () => {
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(frame('{"say":"hey"}'))
    expect(await client.readText()).toBe('{"say":"HEY!"}')
  })

  test.each([
    { message: frame('{"say":1}'), code: 1008, why: 'not what the schema asks for' },
    { message: frame('{'), code: 1007, why: 'not JSON' },
    { message: frame(Buffer.from('{}')), code: 1003, why: 'bytes' },
  ])('$why: $code', async ({ message, code }) => {
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port)
    client.send(message)
    expect((await client.readClose()).code).toBe(code)
  })

  test('onInvalidMessage() overridden: may answer, and the socket stays', async () => {
    class Answering extends Handler {
      override async onInvalidMessage(error: { issues: readonly { message: string; path: readonly unknown[] }[] }) {
        await this.writeMessage({ say: JSON.stringify(error.issues) })
      }
    }
    const { port } = await serve([['/', Answering]])
    const client = await FrameClient.open(port)
    client.send(frame('{"say":1}'), frame('{"say":"on"}'))
    expect(await client.readText()).toContain('SAY MUST BE TEXT')
    expect(await client.readText()).toBe('{"say":"ON!"}')
  })

  test("an outgoing message that does not fit: is the handler's mistake, 1011", async () => {
    class Wrong extends Handler {
      override async open() {
        await this.writeMessage({ say: 1 } as never)
      }
    }
    const { port, logged } = await serve([['/', Wrong]])
    const client = await FrameClient.open(port)
    expect((await client.readClose()).code).toBe(1011)
    expect((await logged(/uncaught/)).fields['err']).toBeInstanceOf(TypeError)
  })
})
