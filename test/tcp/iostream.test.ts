import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { IOStream, StreamBufferFullError, StreamBusyError, StreamClosedError } from '../../packages/tcp/src/index.ts'
import { connectedPair, connectedSockets, nextPoll, received, until } from './pair.ts'

const MIB = 1024 * 1024
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('IOStream: reading', () => {
  test('each kind of read, one after the other', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.end('one\ntwo\r\n\r\n12345abcthe rest')
    expect(text(await stream.readUntil('\n'))).toBe('one\n')
    expect(text(await stream.readUntilRegex(/\r?\n\r?\n/))).toBe('two\r\n\r\n')
    expect(text(await stream.readBytes(5))).toBe('12345')
    const target = new Uint8Array(3)
    expect(await stream.readInto(target)).toBe(3)
    expect(text(target)).toBe('abc')
    expect(text(await stream.readUntilClose())).toBe('the rest')
    expect(stream.closed).toBe(true)
    expect(stream.error).toBeUndefined()
    await expect(stream.readBytes(1)).rejects.toThrow(StreamClosedError)
  })

  const conversation = 'ab\nc\r\n\r\nxyz0123456789end'
  test.each(Array.from({ length: conversation.length + 1 }, (_, offset) => offset))(
    'bytes cut at offset %i: the same reads',
    async (offset) => {
      await using pair = await connectedPair()
      const { stream, peer } = pair
      const target = Buffer.alloc(3)
      const all = (async () => [
        text(await stream.readUntil('\n')),
        text(await stream.readUntilRegex(/\r\n\r\n/)),
        await stream.readInto(target),
        text(target),
        text(await stream.readBytes(10)),
        text(await stream.readUntilClose()),
      ])()
      peer.write(conversation.slice(0, offset))
      await received(stream.socket, offset)
      peer.end(conversation.slice(offset))
      expect(await all).toEqual(['ab\n', 'c\r\n\r\n', 3, 'xyz', '0123456789', 'end'])
    },
  )

  test('partial reads: what there is, as soon as there is any', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const first = stream.readBytes(100, { partial: true })
    peer.write('abc')
    expect(text(await first)).toBe('abc')
    const target = new Uint8Array(2)
    const second = stream.readInto(target, { partial: true })
    peer.write('defg')
    expect(await second).toBe(2)
    expect(text(await stream.readBytes(2, { partial: true }))).toBe('fg')
  })

  test('readInto: a buffer larger than maxBufferSize is filled', async () => {
    await using pair = await connectedPair({ maxBufferSize: 10 })
    const { stream, peer } = pair
    const target = Buffer.alloc(MIB)
    const read = stream.readInto(target)
    peer.write(Buffer.alloc(MIB, 'x'))
    expect(await read).toBe(MIB)
    expect(target.equals(Buffer.alloc(MIB, 'x'))).toBe(true)
  })

  test('a second read while one is pending: refused, the first goes on', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const first = stream.readUntil('\n')
    await expect(stream.readBytes(1)).rejects.toThrow(StreamBusyError)
    await expect(stream.readBytes(1)).rejects.toThrow('readBytes: readUntil is pending')
    peer.write('line\n')
    expect(text(await first)).toBe('line\n')
  })
})

describe('IOStream: signals', () => {
  test.each(['readBytes', 'readInto', 'readUntil', 'readUntilRegex', 'readUntilClose'] as const)(
    '%s aborted in the middle: the stream stays usable and no byte is lost',
    async (method) => {
      await using pair = await connectedPair()
      const { stream, peer } = pair
      const controller = new AbortController()
      const { signal } = controller
      const reads = {
        readBytes: () => stream.readBytes(100, { signal }),
        readInto: () => stream.readInto(new Uint8Array(100), { signal }),
        readUntil: () => stream.readUntil('\n', { signal }),
        readUntilRegex: () => stream.readUntilRegex(/\n/, { signal }),
        readUntilClose: () => stream.readUntilClose({ signal }),
      }
      const read = reads[method]()
      peer.write('half')
      await received(stream.socket, 4)
      await nextPoll()
      controller.abort(new Error('enough'))
      await expect(read).rejects.toThrow('enough')
      await expect(reads[method]()).rejects.toThrow('enough') // aborted before it begins
      peer.write(' whole\n')
      expect(text(await stream.readUntil('\n'))).toBe('half whole\n')
      expect(stream.closed).toBe(false)
    },
  )
})

describe('IOStream: limits', () => {
  test('no delimiter within maxBytes: UnsatisfiableReadError, and the stream is closed', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('x'.repeat(20))
    const error = await stream.readUntil('\n', { maxBytes: 10 }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UnsatisfiableReadError', code: 'TYPHOON_UNSATISFIABLE_READ' })
    expect(stream.closed).toBe(true)
    expect(stream.error).toBe(error)
    await expect(stream.readUntil('\n')).rejects.toMatchObject({
      name: 'StreamClosedError',
      realError: error,
      cause: error,
    })
    expect(text(await stream.readBytes(20))).toBe('x'.repeat(20)) // it had arrived
    await expect(stream.write('x')).rejects.toMatchObject({ realError: error })
  })

  test.each(['readUntil', 'readUntilRegex', 'readUntilClose'] as const)(
    '%s crosses maxBufferSize: closed',
    async (method) => {
      await using pair = await connectedPair({ maxBufferSize: 1000 })
      const { stream, peer } = pair
      const read =
        method === 'readUntil'
          ? stream.readUntil('\n')
          : method === 'readUntilRegex'
            ? stream.readUntilRegex(/\n/)
            : stream.readUntilClose()
      peer.write('x'.repeat(1001))
      await expect(read).rejects.toMatchObject({ code: 'TYPHOON_STREAM_BUFFER_FULL', limit: 'maxBufferSize' })
      expect(stream.closed).toBe(true)
      await once(peer.resume(), 'close')
    },
  )

  test('a write beyond maxWriteBufferSize: refused whole, the stream goes on', async () => {
    await using pair = await connectedPair({ maxWriteBufferSize: 32 * MIB })
    const { stream, peer } = pair
    const big = Buffer.alloc(20 * MIB, 'a') // more than the kernel takes while nobody reads
    let drained = false
    const first = stream.write(big).then(() => {
      drained = true
    })
    const refused = await stream.write(big).catch((reason: unknown) => reason)
    expect(refused).toBeInstanceOf(StreamBufferFullError)
    expect(refused).toMatchObject({ limit: 'maxWriteBufferSize', message: expect.stringContaining(String(32 * MIB)) })
    expect(drained).toBe(false)
    let count = 0
    peer.on('data', (chunk) => {
      count += chunk.length
    })
    await first
    await stream.write('end')
    await until(() => count >= 20 * MIB + 3)
    expect(count).toBe(20 * MIB + 3)
  })

  test.each([{ maxBufferSize: 0 }, { maxWriteBufferSize: 1.5 }, { closeTimeout: -1 }, { maxBuferSize: 1 }])(
    '%j: refused',
    async (options) => {
      const { near, peer } = await connectedSockets()
      expect(() => new IOStream(near, options)).toThrow(/must be a whole number|IOStream has no option maxBuferSize/)
      near.destroy()
      peer.destroy()
    },
  )
})

describe('IOStream: back-pressure', () => {
  test('nobody reads: the peer cannot go on, and memory stays small', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const total = 30 * MIB
    let sent = false
    peer.write(Buffer.alloc(total, 'a'), () => {
      sent = true
    })
    peer.end('\n')
    expect((await stream.readBytes(1)).length).toBe(1)
    let before = -1
    while (stream.socket.bytesRead !== before) {
      before = stream.socket.bytesRead
      for (let i = 0; i < 200; i += 1) await nextPoll()
    }
    expect(sent).toBe(false)
    expect(stream.socket.bytesRead).toBeLessThan(MIB)
    const rest = new Uint8Array(total)
    expect(await stream.readInto(rest)).toBe(total) // and goes on when somebody does
    expect(sent).toBe(true)
  })

  test('write: settles only when the peer reads', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    let settled = false
    const writing = stream.write(Buffer.alloc(15 * MIB)).then(() => {
      settled = true
    })
    for (let i = 0; i < 500; i += 1) await nextPoll()
    expect(settled).toBe(false)
    peer.resume()
    await writing
    expect(stream.socket.writableLength).toBe(0)
  })
})

describe('IOStream: the end', () => {
  test('the peer ends in the middle: StreamClosedError without a real error, and the bytes stay readable', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const target = Buffer.alloc(100)
    const read = stream.readInto(target)
    peer.end('half a line')
    await expect(read).rejects.toMatchObject({ code: 'TYPHOON_STREAM_CLOSED', realError: undefined })
    expect(text(await stream.readBytes(4))).toBe('half')
    await expect(stream.readUntil('\n')).rejects.toThrow(StreamClosedError)
    expect(text(await stream.readBytes(100, { partial: true }))).toBe(' a line')
  })

  test('the peer resets: what had arrived is readable, then the error says why', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('last\nwords')
    await received(stream.socket, 10)
    peer.resetAndDestroy()
    await until(() => stream.closed)
    expect(text(await stream.readUntil('\n'))).toBe('last\n')
    const error = await stream.readUntil('\n').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'StreamClosedError', realError: { code: 'ECONNRESET' } })
    expect(stream.error).toMatchObject({ code: 'ECONNRESET' })
    expect(text(await stream.readBytes(5))).toBe('words')
  })

  test('a reset while a write waits: the write is told', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const writing = stream.write(Buffer.alloc(15 * MIB))
    peer.resetAndDestroy()
    await expect(writing).rejects.toMatchObject({
      name: 'StreamClosedError',
      realError: { syscall: expect.any(String) },
    })
  })

  test('the peer has sent all and waits: it still gets the answers', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.end('one\ntwo\n')
    const answers: string[] = []
    peer.on('data', (chunk) => answers.push(chunk.toString()))
    const ended = once(peer, 'end')
    await received(stream.socket, 8)
    for (let i = 0; i < 20; i += 1) await nextPoll() // the end arrives while the handler is busy
    await stream.write(await stream.readUntil('\n'))
    await stream.write(await stream.readUntil('\n'))
    await expect(stream.readUntil('\n')).rejects.toThrow(StreamClosedError)
    await ended
    expect(answers.join('')).toBe('one\ntwo\n')
  })

  test('close(): a pending read and a waiting write are rejected with the reason', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const reason = new Error('shutting down')
    const read = stream.readUntil('\n')
    const write = stream.write(Buffer.alloc(15 * MIB))
    stream.close(reason)
    stream.close(new Error('later')) // is no reason any more
    await expect(read).rejects.toMatchObject({ realError: reason })
    await expect(write).rejects.toMatchObject({ realError: reason })
    await expect(stream.write('x')).rejects.toMatchObject({ realError: reason })
    expect(stream.error).toBe(reason)
    await once(peer.resume(), 'close')
  })

  test('close(): what has arrived, read or not, stays readable', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('one\ntwo\n')
    await received(stream.socket, 8)
    stream.close()
    expect(text(await stream.readUntil('\n'))).toBe('one\n')
    expect(text(await stream.readUntil('\n'))).toBe('two\n')
    await expect(stream.readBytes(1)).rejects.toMatchObject({ realError: undefined })
  })

  test('await using: the peer gets all that was written, then the end', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('unread bytes, which would turn a plain close into a reset')
    await received(stream.socket, 50)
    void stream.write(Buffer.alloc(10 * MIB))
    const closed = stream[Symbol.asyncDispose]()
    let count = 0
    peer.on('data', (chunk) => {
      count += chunk.length
    })
    peer.on('end', () => peer.end())
    await closed
    expect(count).toBe(10 * MIB)
    expect(stream.closed).toBe(true)
  })

  test('await using: a peer that does not read holds it for closeTimeout only', async () => {
    await using pair = await connectedPair({ closeTimeout: 20 })
    const { stream } = pair
    const writing = stream.write(Buffer.alloc(10 * MIB))
    await stream[Symbol.asyncDispose]()
    await expect(writing).rejects.toThrow(StreamClosedError)
  })

  test('a socket that is closed already: a closed stream', async () => {
    const { near, peer } = await connectedSockets()
    peer.destroy()
    near.destroy()
    const stream = new IOStream(near)
    expect(stream.closed).toBe(true)
    await expect(stream.readBytes(1)).rejects.toThrow(StreamClosedError)
    await stream[Symbol.asyncDispose]()
  })

  test('promises that nobody awaits: no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { near, peer } = await connectedSockets()
    const stream = new IOStream(near)
    void stream.readUntil('\n')
    void stream.write(Buffer.alloc(15 * MIB))
    stream.close()
    void stream.write('x')
    await once(near, 'close')
    await nextPoll()
    process.off('unhandledRejection', note)
    peer.destroy()
    expect(unhandled).toEqual([])
  })
})

describe('IOStream: setCloseCallback', () => {
  test('the peer leaves while nobody reads: called once, when nothing is left to read', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    let calls = 0
    stream.setCloseCallback(() => {
      calls += 1
    })
    peer.end('line\n')
    await received(stream.socket, 5)
    for (let i = 0; i < 20; i += 1) await nextPoll()
    expect([calls, stream.closed]).toEqual([0, false])
    expect(text(await stream.readUntil('\n'))).toBe('line\n')
    await until(() => calls > 0)
    expect(stream.closed).toBe(true)
    for (let i = 0; i < 20; i += 1) await nextPoll()
    expect(calls).toBe(1)
  })

  test('after the pending read was settled', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const order: string[] = []
    const called = new Promise<void>((resolve) => {
      stream.setCloseCallback(() => {
        order.push('callback')
        resolve()
      })
    })
    const read = stream.readUntil('\n').catch(() => order.push('read'))
    peer.end()
    await Promise.all([called, read])
    expect(order).toEqual(['read', 'callback'])
  })

  test('set when it is closed already: called soon; null takes it back', async () => {
    await using pair = await connectedPair()
    const { stream } = pair
    stream.setCloseCallback(() => expect.unreachable())
    stream.setCloseCallback(null)
    stream.close()
    await new Promise<void>((resolve) => stream.setCloseCallback(resolve))
  })

  test('a reset while nobody reads: called, with the error on the stream', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    const called = new Promise<void>((resolve) => stream.setCloseCallback(resolve))
    peer.resetAndDestroy()
    await called
    expect(stream.error).toMatchObject({ code: 'ECONNRESET' })
  })
})
