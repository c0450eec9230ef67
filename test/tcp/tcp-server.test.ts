import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bindSockets,
  bindUnusedPort,
  type IOStream,
  type PeerAddress,
  TCPClient,
  type TCPLogger,
  TCPServer,
} from '../../packages/tcp/src/index.ts'
import { nextPoll, until } from './pair.ts'

class EchoServer extends TCPServer {
  readonly peers: PeerAddress[] = []

  override async handleStream(stream: IOStream, address: PeerAddress): Promise<void> {
    this.peers.push(address)
    for (;;) await stream.write(await stream.readUntil('\n'))
  }
}

interface Entry {
  readonly level: string
  readonly fields: object
  readonly message: string
}

function recordingLogger(): TCPLogger & { entries: Entry[] } {
  const entries: Entry[] = []
  const level = (name: string) => (fields: object, message: string) =>
    void entries.push({ level: name, fields, message })
  return { entries, debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
}

async function ask(stream: IOStream, line: string): Promise<string> {
  await stream.write(`${line}\n`)
  return String(await stream.readUntil('\n')).trimEnd()
}

const LOCAL = { port: 0, host: '127.0.0.1' }

describe('TCPServer', () => {
  test('a subclass: gets each stream and its address', async () => {
    await using server = new EchoServer()
    await server.listen(LOCAL)
    await using one = await TCPClient.connect('127.0.0.1', server.port)
    await using two = await TCPClient.connect('127.0.0.1', server.port)
    expect(await Promise.all([ask(one, 'a'), ask(two, 'b')])).toEqual(['a', 'b'])
    const local = (stream: IOStream) => ({ address: '127.0.0.1', port: stream.socket.localPort, family: 'IPv4' })
    expect(server.peers).toEqual(expect.arrayContaining([local(one), local(two)]))
    expect(server.connections).toBe(2)
  })

  test('several ports and a Unix socket: one server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tcp-'))
    const path = join(directory, 'echo.sock')
    const server = new EchoServer()
    await server.listen(LOCAL)
    await server.listen(LOCAL)
    await server.listen({ path })
    expect(server.addresses).toHaveLength(3)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const ports = server.addresses.filter((each) => typeof each === 'object').map(({ port }) => port)
    for (const port of ports) {
      await using stream = await TCPClient.connect('127.0.0.1', port)
      expect(await ask(stream, 'tcp')).toBe('tcp')
    }
    await using stream = await new TCPClient().connectUnix(path)
    expect(await ask(stream, 'unix')).toBe('unix')
    expect(server.peers.at(-1)).toEqual({ address: '', port: 0, family: 'Unix' })
    await stream[Symbol.asyncDispose]()
    await server.stop()
    await expect(lstat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    await rm(directory, { recursive: true })
  })

  test('bind and start: connections wait in between', async () => {
    await using server = new EchoServer()
    const { socket, port } = await bindUnusedPort()
    await using stream = await TCPClient.connect('127.0.0.1', port)
    const answer = ask(stream, 'early')
    for (let i = 0; i < 20; i += 1) await nextPoll()
    expect(server.connections).toBe(0)
    server.addSockets([socket])
    expect(await answer).toBe('early')
    await server.bind(LOCAL)
    expect(server.addresses).toHaveLength(1)
    server.start().start()
    expect(server.addresses).toHaveLength(2)
  })

  test('the handler returns: the stream is closed in order', async () => {
    await using server = new TCPServer({ handleStream: (stream) => void stream.write('bye\n') })
    await server.listen(LOCAL)
    await using stream = await TCPClient.connect('127.0.0.1', server.port)
    await stream.write('nobody reads this')
    expect(String(await stream.readUntilClose())).toBe('bye\n')
  })

  test('the handler writes and closes at once: the client has what the kernel took', async () => {
    await using server = new TCPServer({
      handleStream: (stream) => {
        void stream.write('data')
        stream.close()
      },
    })
    await server.listen(LOCAL)
    await using stream = await TCPClient.connect('127.0.0.1', server.port)
    expect(String(await stream.readUntilClose())).toBe('data')
  })

  test.each([
    {
      name: 'throws',
      handleStream: () => {
        throw new Error('broken handler')
      },
    },
    { name: 'rejects', handleStream: () => Promise.reject(new Error('broken handler')) },
  ])('the handler $name: logged with the peer, closed, and the server goes on', async ({ handleStream }) => {
    const logger = recordingLogger()
    await using server = await new TCPServer({ handleStream, logger }).listen(LOCAL)
    for (const _ of [1, 2]) {
      await using stream = await TCPClient.connect('127.0.0.1', server.port)
      await expect(stream.readBytes(1)).rejects.toMatchObject({ code: 'TYPHOON_STREAM_CLOSED' })
    }
    expect(logger.entries).toHaveLength(2)
    expect(logger.entries[0]).toMatchObject({
      level: 'error',
      fields: { err: { message: 'broken handler' }, remoteAddress: '127.0.0.1' },
      message: expect.stringContaining('127.0.0.1 port'),
    })
  })

  test('the peer leaves in the middle of a read: no error for the log', async () => {
    const logger = recordingLogger()
    await using server = await new TCPServer({
      handleStream: async (stream) => void (await stream.readUntil('\n')),
      logger,
    }).listen(LOCAL)
    const stream = await TCPClient.connect('127.0.0.1', server.port)
    await stream.write('half')
    await stream[Symbol.asyncDispose]()
    await until(() => server.connections === 0)
    expect(logger.entries.map(({ level }) => level)).toEqual(['debug'])
  })

  test.each(['resets', 'ends'] as const)('the peer %s while it is written to: no error for the log', async (how) => {
    const logger = recordingLogger()
    let closedWhenTold: boolean | undefined
    await using server = await new TCPServer({
      async handleStream(stream) {
        try {
          for (;;) await stream.write(Buffer.alloc(64 * 1024))
        } finally {
          closedWhenTold = stream.closed
        }
      },
      logger,
    }).listen(LOCAL)
    const peer = connect(server.port, '127.0.0.1').on('error', () => {})
    await once(peer, 'readable')
    if (how === 'resets') peer.resetAndDestroy()
    else peer.destroy()
    await until(() => logger.entries.length > 0)
    expect(logger.entries).toMatchObject([{ level: 'debug', fields: { err: { code: 'TYPHOON_STREAM_CLOSED' } } }])
    expect(closedWhenTold).toBe(true)
  })

  test('one connection more than maxConnections: dropped and logged once, until there is room', async () => {
    const logger = recordingLogger()
    await using server = new EchoServer({ maxConnections: 1, logger })
    await server.listen(LOCAL)
    const first = await TCPClient.connect('127.0.0.1', server.port)
    await ask(first, 'here')
    for (const _ of [1, 2]) {
      await using refused = await TCPClient.connect('127.0.0.1', server.port)
      await expect(refused.readBytes(1)).rejects.toThrow('the stream is closed')
    }
    const warnings = logger.entries.filter(({ level }) => level === 'warn')
    expect(warnings).toMatchObject([{ message: 'maxConnections reached (1): connections are dropped' }])
    await first[Symbol.asyncDispose]()
    await until(() => server.connections === 0)
    await using next = await TCPClient.connect('127.0.0.1', server.port)
    expect(await ask(next, 'room')).toBe('room')
  })

  test('limits of the streams: those of the server', async () => {
    const logger = recordingLogger()
    await using server = new EchoServer({ maxBufferSize: 10, logger })
    await server.listen(LOCAL)
    await using stream = await TCPClient.connect('127.0.0.1', server.port)
    await stream.write('x'.repeat(11))
    await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
    expect(logger.entries).toMatchObject([{ level: 'info', fields: { err: { code: 'TYPHOON_STREAM_BUFFER_FULL' } } }])
  })

  test.each([
    { options: { maxConnections: 0 }, message: /maxConnections must be/ },
    { options: { maxBufferSize: 0 }, message: /maxBufferSize must be/ },
    { options: { port: 80 }, message: /has no option port; it has handleStream, tls/ },
  ])('$options: refused', ({ options, message }) => {
    expect(() => new TCPServer(options)).toThrow(message)
  })
})

describe('TCPServer.stop', () => {
  test('accepts no more, and lets handlers finish', async () => {
    let finish: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const server = await new TCPServer({
      async handleStream(stream) {
        await stream.write('begun ')
        await finished
        await stream.write('done')
      },
    }).listen(LOCAL)
    const { port } = server
    await using stream = await TCPClient.connect('127.0.0.1', port)
    await stream.readUntil(' ')
    const stopped = server.stop()
    expect(server.stop()).toBe(stopped)
    expect(server.stopping.aborted).toBe(true)
    await expect(TCPClient.connect('127.0.0.1', port)).rejects.toMatchObject({
      phase: 'connect',
      cause: { code: 'ECONNREFUSED' },
    })
    finish()
    expect(String(await stream.readUntilClose())).toBe('done')
    await stopped
    expect(server.connections).toBe(0)
    await expect(server.listen(LOCAL)).rejects.toThrow('the server was stopped')
  })

  test('the signal tells handlers: they say goodbye', async () => {
    const server = await new TCPServer({
      async handleStream(stream) {
        await stream.write('hello ')
        await stream.readUntil('\n', { signal: server.stopping }).catch(() => stream.write('goodbye'))
      },
    }).listen(LOCAL)
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const streams = await Promise.all(Array.from({ length: 20 }, () => TCPClient.connect('127.0.0.1', server.port)))
    for (const stream of streams) await stream.readUntil(' ')
    const [rests] = await Promise.all([Promise.all(streams.map((stream) => stream.readUntilClose())), server.stop()])
    process.off('warning', note)
    expect(new Set(rests.map(String))).toEqual(new Set(['goodbye']))
    expect(warnings).toEqual([]) // of listeners that pile up on the signal
  })

  test('at the deadline what is left is closed, and handlers get StreamClosedError', async () => {
    const logger = recordingLogger()
    const server = new EchoServer({ logger })
    await server.listen(LOCAL)
    await using stream = await TCPClient.connect('127.0.0.1', server.port)
    await ask(stream, 'here')
    await server.stop({ deadline: 20 })
    await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
    await until(() => logger.entries.length > 0)
    expect(logger.entries).toMatchObject([{ level: 'debug', fields: { err: { name: 'StreamClosedError' } } }])
  })

  test('called by a handler, while others connect: settles, and none of them is kept (Tornado issue 2069)', async () => {
    const server: TCPServer = new TCPServer({
      async handleStream(stream) {
        void server.stop({ deadline: 20 })
        await stream.readUntilClose()
      },
    })
    const { port } = await server.listen(LOCAL)
    const attempts = Array.from({ length: 40 }, () => TCPClient.connect('127.0.0.1', port))
    const made = (await Promise.allSettled(attempts)).flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    expect(made.length).toBeGreaterThan(0)
    await server.stop()
    for (const stream of made) await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
    expect(server.connections).toBe(0)
  })

  test('a handler that waits for it: let go at the deadline', async () => {
    let stopped = false
    const server: TCPServer = new TCPServer({
      handleStream: async () => {
        await server.stop({ deadline: 20 })
        stopped = true
      },
    })
    await server.listen(LOCAL)
    await using stream = await TCPClient.connect('127.0.0.1', server.port)
    await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
    await until(() => stopped)
    expect(server.connections).toBe(0)
  })

  test('never started: settles', async () => {
    const server = new TCPServer()
    await server.bind(LOCAL)
    await server.stop()
    await expect(server.listen(LOCAL)).rejects.toThrow('the server was stopped')
  })
})

describe('bindSockets', () => {
  test('a name with several addresses: each of them, on one port', async () => {
    const sockets = await bindSockets({ host: 'localhost' })
    const addresses = sockets.map((socket) => socket.address as AddressInfo)
    expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
    expect(new Set(addresses.map(({ port }) => port)).size).toBe(1)
    await Promise.all(sockets.map((socket) => socket.close()))
  })

  test('a name that does not exist: the error of the lookup', async () => {
    await expect(bindSockets({ host: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    })
  })

  test('a port in use: EADDRINUSE; free again after close()', async () => {
    const { socket, port } = await bindUnusedPort()
    await expect(bindSockets({ port, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(bindSockets({ port, host: 'localhost' })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await socket.close()
    await socket.close()
    const [again] = await bindSockets({ port, host: '127.0.0.1' })
    expect(again?.address).toMatchObject({ port })
    await again?.close()
    expect(() => again?.address).toThrow('the socket is closed')
  })

  test('closed with connections that nobody accepted: they are dropped', async () => {
    const { socket, port } = await bindUnusedPort()
    await using stream = await TCPClient.connect('127.0.0.1', port)
    await nextPoll()
    await socket.close()
    await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
  })

  test('more than 128 connections before accept(): the last one is dropped, the others are served', async () => {
    const { socket, port } = await bindUnusedPort()
    const waiting: IOStream[] = []
    for (let i = 0; i < 128; i += 1) waiting.push(await TCPClient.connect('127.0.0.1', port))
    await using refused = await TCPClient.connect('127.0.0.1', port)
    await expect(refused.readBytes(1)).rejects.toThrow('the stream is closed')
    await using server = new EchoServer()
    server.addSockets([socket])
    expect(await Promise.all(waiting.map((stream) => ask(stream, 'still here')))).toHaveLength(128)
    await Promise.all(waiting.map((stream) => stream[Symbol.asyncDispose]()))
  })

  test('the Unix socket of a server that was killed: replaced', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tcp-'))
    const path = join(directory, 'a.sock')
    const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'close')
    expect((await lstat(path)).isSocket()).toBe(true)
    await using server = await new EchoServer().listen({ path })
    await using stream = await new TCPClient().connectUnix(path)
    expect(await ask(stream, 'new')).toBe('new')
    expect(server.addresses).toEqual([path])
    await rm(directory, { recursive: true })
  })

  test('the Unix socket of a live server, and a file that is no socket: left alone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tcp-'))
    const path = join(directory, 'a.sock')
    const live = createServer((socket) => socket.destroy()).listen(path)
    await once(live, 'listening')
    await expect(bindSockets({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    live.close()
    const file = join(directory, 'file')
    await writeFile(file, 'precious')
    await expect(bindSockets({ path: file })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect((await stat(file)).size).toBe(8)
    await rm(directory, { recursive: true })
  })

  test.each([
    { options: { port: 65_536 }, message: /port must be a whole number from 0 to 65535, got 65536/ },
    { options: { port: 1, path: '/tmp/x' }, message: /path excludes port and host/ },
    { options: { path: '' }, message: /path must be/ },
    { options: { hots: 'localhost' }, message: /BindOptions has no option hots/ },
  ])('$options: refused', async ({ options, message }) => {
    await expect(bindSockets(options)).rejects.toThrow(message)
  })
})

describe('plain clients', () => {
  test('one that half-closes at once: gets its answer', async () => {
    await using server = new EchoServer()
    await server.listen(LOCAL)
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end('one\ntwo\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    await once(socket, 'close')
    expect(text).toBe('one\ntwo\n')
  })
})
