/** What two streams owe each other, whatever carries the bytes: TCP, TLS, or a Unix socket. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { IOStream, StreamClosedError, UnsatisfiableReadError } from '../../packages/tcp/src/index.ts'
import type { StreamOptions } from '../../packages/tcp/src/stream-options.ts'
import { makeCertificate } from './certificate.ts'
import { connectedSockets, nextPoll, until } from './pair.ts'

const KIB = 1024
const MIB = 1024 * KIB
const certificate = makeCertificate()
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

interface Streams extends AsyncDisposable {
  readonly reader: IOStream
  readonly writer: IOStream
}

type Transport = (options?: StreamOptions) => Promise<Streams>

const overTCP: Transport = async (options = {}) => {
  const { near, peer } = await connectedSockets()
  return streamsOf(near, peer, options)
}

const overTLS: Transport = async (options = {}) => {
  const streams = await overTCP(options)
  const { key, cert } = certificate ?? {}
  await Promise.all([
    streams.reader.startTls({ isServer: true, key, cert }),
    streams.writer.startTls({ ca: cert, servername: 'localhost' }),
  ])
  return streams
}

const overUnix: Transport = async (options = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'tcp-'))
  const server = createServer().listen(join(directory, 'a.sock'))
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const near = connect(join(directory, 'a.sock'))
  const [[peer]] = await Promise.all([accepted, once(near, 'connect')])
  server.close()
  await rm(directory, { recursive: true })
  return streamsOf(near, peer, options)
}

function streamsOf(near: Socket, peer: Socket, options: StreamOptions): Streams {
  const [reader, writer] = [new IOStream(near, options), new IOStream(peer, options)]
  return {
    reader,
    writer,
    [Symbol.asyncDispose]: async () => {
      reader.close()
      writer.close()
    },
  }
}

/** Ends the writer's side in order, as a peer does that has said everything. */
function end(writer: IOStream): void {
  writer.socket.end()
}

describe.each([
  { name: 'TCP', connected: overTCP },
  { name: 'a Unix socket', connected: overUnix },
  ...(certificate === undefined ? [] : [{ name: 'TLS', connected: overTLS }]), // for want of openssl
])('over $name (Tornado: iostream_test)', ({ connected }) => {
  test('no bytes: read and written at once, before, between and after others', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    expect(await reader.readBytes(0)).toHaveLength(0)
    expect(await reader.readBytes(0, { partial: true })).toHaveLength(0)
    expect(await reader.readInto(new Uint8Array(0))).toBe(0)
    await writer.write('')
    await writer.write('abcdef')
    await writer.write(new Uint8Array(0))
    expect(text(await reader.readBytes(3))).toBe('abc')
    expect(await reader.readBytes(0)).toHaveLength(0)
    expect(await reader.readInto(new Uint8Array(0))).toBe(0)
    expect(text(await reader.readBytes(3))).toBe('def')
    reader.close()
    expect(await reader.readBytes(0)).toHaveLength(0)
    await expect(reader.write('')).rejects.toThrow(StreamClosedError)
  })

  test('a part of larger memory: only that part is sent', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const memory = Buffer.from('0123456789')
    await writer.write(memory.subarray(2, 5))
    await writer.write(new Uint8Array(memory.buffer, memory.byteOffset + 7, 2))
    end(writer)
    expect(text(await reader.readUntilClose())).toBe('23478')
  })

  test('the writer ends in the middle of what is read: all of it arrives, then the end', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    void writer.write('1234')
    expect(text(await reader.readBytes(1))).toBe('1')
    end(writer)
    expect(text(await reader.readBytes(1))).toBe('2')
    expect(text(await reader.readUntilClose())).toBe('34')
    await expect(reader.readBytes(1)).rejects.toThrow(StreamClosedError)
  })

  test('more than the socket holds, and the writer has ended: read in small pieces to the last byte', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    void writer.write(Buffer.alloc(300 * KIB, 'A'))
    expect(await reader.readBytes(KIB)).toHaveLength(KIB)
    end(writer)
    let count = KIB
    while (count < 300 * KIB) count += (await reader.readBytes(KIB)).length
    await expect(reader.readBytes(1)).rejects.toThrow(StreamClosedError)
  })

  test('the end arrives with the smaller second half of what is sought: found', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const read = reader.readUntil('done')
    await writer.write('x'.repeat(2048))
    void writer.write('done')
    end(writer)
    expect(await read).toHaveLength(2052)
  })

  test('the end arrives before what is sought: StreamClosedError, for no limit was reached', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const read = reader.readUntil('done', { maxBytes: 4096 })
    await writer.write('x'.repeat(2048))
    void writer.write('foo')
    end(writer)
    await expect(read).rejects.toThrow(StreamClosedError)
  })

  test('a line of 4 MiB in pieces of 1 KiB: whole', async () => {
    await using streams = await connected({ maxBufferSize: 8 * MIB })
    const { reader, writer } = streams
    for (let i = 0; i < 4 * KIB; i += 1) void writer.write(Buffer.alloc(KIB, 'A'))
    void writer.write('\r\n')
    expect(await reader.readUntil('\r\n')).toHaveLength(4 * MIB + 2)
  })

  test('more waits than maxBufferSize: small reads take it all, for a stream gathers no more than a read asks', async () => {
    await using streams = await connected({ maxBufferSize: 10 * KIB })
    const { reader, writer } = streams
    void writer.write(Buffer.alloc(100 * KIB, 'a'))
    for (let i = 0; i < 100; i += 1) expect(await reader.readBytes(KIB)).toHaveLength(KIB)
    const line = `${'b'.repeat(KIB - 1)}\n`
    void writer.write(line.repeat(100))
    for (let i = 0; i < 100; i += 1) expect(text(await reader.readUntil('\n', { maxBytes: 4 * KIB }))).toBe(line)
  })

  test('more than the reader takes: the writer waits, and goes on with each read', async () => {
    await using streams = await connected({ maxBufferSize: 5 * MIB })
    const { reader, writer } = streams
    let written = false
    const writing = writer.write(Buffer.alloc(10 * MIB, 'a')).then(() => {
      written = true
    })
    expect(await reader.readBytes(MIB)).toHaveLength(MIB)
    for (let i = 0; i < 100; i += 1) await nextPoll()
    expect(written).toBe(false)
    for (let i = 1; i < 10; i += 1) expect(await reader.readBytes(MIB)).toHaveLength(MIB)
    await writing
  })

  test('readInto: fed by what was left over, by what arrives, and by both', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const ten = new Uint8Array(10)
    const first = reader.readInto(ten)
    await writer.write('hello')
    await writer.write('world!!')
    expect([await first, text(ten)]).toEqual([10, 'helloworld'])
    const second = reader.readInto(ten)
    await writer.write('1234567890')
    expect([await second, text(ten)]).toEqual([10, '!!12345678'])
    const four = new Uint8Array(4)
    await writer.write('abcdefghi')
    expect([await reader.readInto(four), text(four)]).toEqual([4, '90ab'])
    expect(text(await reader.readBytes(7))).toBe('cdefghi')
  })

  test('readInto, partial: the rest of the memory stays as it was', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const memory = Buffer.alloc(10, '.')
    const read = reader.readInto(memory, { partial: true })
    await writer.write('hello')
    expect([await read, text(memory)]).toEqual([5, 'hello.....'])
  })

  test.each(['readUntil', 'readUntilRegex'] as const)('%s: maxBytes to the byte, and closed beyond', async (method) => {
    await using streams = await connected()
    const { reader, writer } = streams
    const readUntil = (maxBytes: number) =>
      method === 'readUntil' ? reader.readUntil('def', { maxBytes }) : reader.readUntilRegex(/def/, { maxBytes })
    const closed = new Promise<void>((resolve) => reader.setCloseCallback(resolve))
    await writer.write('abcdefabcdefabcdef')
    expect(text(await readUntil(50))).toBe('abcdef')
    expect(text(await readUntil(6))).toBe('abcdef')
    await expect(readUntil(5)).rejects.toThrow(UnsatisfiableReadError) // though the match arrived with the rest
    await closed
    expect(reader.error).toBeInstanceOf(UnsatisfiableReadError)
    await until(() => writer.socket.destroyed || writer.socket.readableEnded || writer.socket.read() === null)
    await expect(writer.readBytes(1)).rejects.toThrow(StreamClosedError)
  })

  test('a megabyte in pieces of any size, read into own and given memory in turn: the same bytes', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const data = randomBytes(MIB)
    const hash = createHash('sha256')
    const produce = async () => {
      for (let at = 0, i = 0; at < MIB; i += 1) {
        const size = 1 + ((i * 7919) % 1000)
        await writer.write(data.subarray(at, at + size))
        at += size
      }
    }
    const consume = async () => {
      for (let left = MIB, i = 0; left > 0; i += 1) {
        const size = Math.min(1 + ((i * 6007) % 1000), left)
        const memory = new Uint8Array(size)
        const given = i % 2 === 0
        const read = given ? memory.subarray(0, await reader.readInto(memory)) : await reader.readBytes(size)
        hash.update(read)
        left -= read.length
      }
    }
    await Promise.all([produce(), consume()])
    expect(hash.digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
  })

  test('ten writers at once, each waiting for its own bytes: every write settles', async () => {
    await using streams = await connected()
    const { reader, writer } = streams
    const piece = Buffer.alloc(5000, 'x')
    const produce = async () => {
      for (let i = 0; i < 200; i += 1) await writer.write(piece)
    }
    const total = 10 * 200 * piece.length
    const [count] = await Promise.all([
      reader.readInto(new Uint8Array(total)),
      ...Array.from({ length: 10 }, () => produce()),
    ])
    expect(count).toBe(total)
  })
})

test('a socket that is still connecting: what was written goes out first', async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stream = new IOStream(connect((server.address() as { port: number }).port, '127.0.0.1')) // it listens on TCP
  await stream.write('early\n')
  expect(text(await stream.readUntil('\n'))).toBe('early\n')
  await stream[Symbol.asyncDispose]()
  server.close()
})

test('a socket whose connection is refused: a pending read and write are told why', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number } // it listens on TCP
  server.close()
  await once(server, 'close')
  const stream = new IOStream(connect(port, '127.0.0.1'))
  const refused = { name: 'StreamClosedError', realError: { code: 'ECONNREFUSED' } }
  const closed = new Promise<void>((resolve) => stream.setCloseCallback(resolve))
  const writing = stream.write('x')
  await expect(stream.readBytes(1)).rejects.toMatchObject(refused)
  await expect(writing).rejects.toMatchObject(refused)
  await closed
  expect(stream.error).toMatchObject({ code: 'ECONNREFUSED' })
})

test('a socket that breaks: the pending read is told, and the stream gives the reason', async () => {
  await using streams = await overTCP()
  const { reader } = streams
  const broken = new Error('boom')
  const read = reader.readUntilClose()
  reader.socket.destroy(broken)
  await expect(read).rejects.toMatchObject({ name: 'StreamClosedError', realError: broken, cause: broken })
  expect(reader.error).toBe(broken)
})

test('readUntilClose, and the connection is reset: an error rather than half of it, which stays readable', async () => {
  await using streams = await overTCP()
  const { reader, writer } = streams
  const read = reader.readUntilClose()
  await writer.write('half')
  await until(() => reader.socket.bytesRead === 4)
  writer.socket.resetAndDestroy()
  await expect(read).rejects.toMatchObject({ name: 'StreamClosedError', realError: { code: 'ECONNRESET' } })
  expect(text(await reader.readBytes(4))).toBe('half')
})

test.each([{ data: 5 }, { data: null }, { data: new Uint32Array(2) }, { data: ['a'] }])(
  'write($data): refused, and the stream goes on',
  async ({ data }) => {
    await using streams = await overTCP()
    const { reader, writer } = streams
    await expect(writer.write(data as unknown as string)).rejects.toMatchObject({ name: 'TCPOptionError' }) // as from JavaScript
    await writer.write('')
    await writer.write('x')
    expect(text(await reader.readBytes(1))).toBe('x')
  },
)
