import { once } from 'node:events'
import { connect as netConnect } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import {
  IOStream,
  type StreamHandler,
  TCPClient,
  TCPServer,
  type TCPServerOptions,
} from '../../packages/tcp/src/index.ts'
import { makeCertificate } from './certificate.ts'
import { connectedPair, connectedSockets, received, until } from './pair.ts'

const made = makeCertificate()
const { key, cert } = made ?? { key: '', cert: '' }
const MIB = 1024 * 1024

async function serve(handleStream: StreamHandler, options: TCPServerOptions = {}): Promise<TCPServer> {
  return new TCPServer({ handleStream, tls: { key, cert }, ...options }).listen({ port: 0, host: '127.0.0.1' })
}

const echo: StreamHandler = async (stream) => {
  for (;;) await stream.write(await stream.readUntil('\n'))
}

describe.skipIf(made === undefined)('TLS (skipped: the openssl command is needed to make a certificate)', () => {
  test('server and client: encrypted, verified, read by lines', async () => {
    await using server = await serve(echo)
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: cert } })
    await stream.write('hello\n')
    expect(String(await stream.readUntil('\n'))).toBe('hello\n')
    expect(stream.socket).toBeInstanceOf(TLSSocket)
    expect((stream.socket as TLSSocket).authorized).toBe(true)
  })

  test('an IP address: held against the addresses in the certificate', async () => {
    await using server = await serve(echo)
    await using stream = await TCPClient.connect('127.0.0.1', server.port, { tls: { ca: cert } })
    expect((stream.socket as TLSSocket).authorized).toBe(true)
  })

  test.each([
    { tls: true, code: 'DEPTH_ZERO_SELF_SIGNED_CERT', why: 'nobody vouches for the certificate' },
    { tls: { ca: cert, servername: 'example.com' }, code: 'ERR_TLS_CERT_ALTNAME_INVALID', why: 'another name' },
  ])('$why: ConnectError in phase tls', async ({ tls, code }) => {
    await using server = await serve(echo)
    await expect(TCPClient.connect('127.0.0.1', server.port, { tls })).rejects.toMatchObject({
      name: 'ConnectError',
      phase: 'tls',
      code: 'TYPHOON_CONNECT',
      cause: { code },
    })
  })

  test('another name, and the caller judges names: connected (Tornado: check_hostname off)', async () => {
    await using server = await serve(echo)
    const tls = { ca: cert, servername: 'bar.example.com', checkServerIdentity: () => undefined }
    await using stream = await TCPClient.connect('127.0.0.1', server.port, { tls })
    expect((stream.socket as TLSSocket).authorized).toBe(true)
  })

  test('the handler: called when the handshake is done, so what it asks of the connection is settled', async () => {
    const protocols: (string | null)[] = []
    await using server = await serve((stream) => void protocols.push((stream.socket as TLSSocket).getProtocol()))
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: cert } })
    await stream.readUntilClose()
    expect(protocols).toEqual(['TLSv1.3'])
  })

  test('30 MiB each way: whole, within the limits', async () => {
    const data = Buffer.alloc(10 * MIB, 'abcdefghij')
    await using server = await serve(async (stream) => {
      const buffer = new Uint8Array(data.length)
      await stream.readInto(buffer)
      await stream.write(buffer)
    })
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: cert } })
    const buffer = Buffer.alloc(data.length)
    await Promise.all([stream.write(data), stream.readInto(buffer)])
    expect(buffer.equals(data)).toBe(true)
    await expect(stream.readBytes(1)).rejects.toMatchObject({ realError: undefined })
  })

  test('a client that sends all and ends: gets the answers', async () => {
    await using server = await serve(echo)
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: cert } })
    await stream.write('one\ntwo\n')
    stream.socket.end()
    expect(String(await stream.readUntilClose())).toBe('one\ntwo\n')
  })

  test('plain bytes to a TLS server: closed, not counted, and the server goes on', async () => {
    const lines: string[] = []
    const log = (_: object, message: string) => void lines.push(message)
    await using server = await serve(echo, { logger: { debug: log, info: log, warn: log, error: log } })
    const plain = netConnect(server.port, '127.0.0.1').on('error', () => {})
    plain.end('GET / HTTP/1.0\r\n\r\n').resume()
    await once(plain, 'close')
    await until(() => server.connections === 0)
    expect(lines).toEqual([expect.stringContaining('TLS handshake failed')])
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: cert } })
    await stream.write('x\n')
    await stream.readUntil('\n')
  })

  test('a reset during the handshake: closed, not counted', async () => {
    await using server = await serve(echo)
    const plain = netConnect(server.port, '127.0.0.1').on('error', () => {})
    await until(() => server.connections === 1)
    plain.resetAndDestroy()
    await until(() => server.connections === 0)
    expect(server.connections).toBe(0)
  })

  test('no handshake at all: dropped after handshakeTimeout', async () => {
    await using server = await serve(echo, { tls: { key, cert, handshakeTimeout: 30 } })
    const plain = netConnect(server.port, '127.0.0.1')
      .on('error', () => {})
      .resume()
    await once(plain, 'close')
    await until(() => server.connections === 0)
    expect(server.connections).toBe(0)
  })

  test('a new certificate: for connections to come', async () => {
    const next = makeCertificate()
    await using server = await serve(echo)
    server.reloadTLS(next ?? {})
    await expect(TCPClient.connect('localhost', server.port, { tls: { ca: cert } })).rejects.toMatchObject({
      phase: 'tls',
    })
    await using stream = await TCPClient.connect('localhost', server.port, { tls: { ca: next?.cert } })
    expect(stream.closed).toBe(false)
  })
})

describe.skipIf(made === undefined)('startTls (skipped: the openssl command is needed to make a certificate)', () => {
  const starttls: StreamHandler = async (stream) => {
    expect(String(await stream.readUntil('\r\n'))).toBe('STARTTLS\r\n')
    await stream.write('220 go ahead\r\n')
    await stream.startTls({ isServer: true, key, cert })
    await echo(stream, { address: '', port: 0, family: 'IPv4' })
  }

  test('both sides in the middle of a conversation', async () => {
    await using server = await serve(starttls, { tls: undefined })
    await using stream = await TCPClient.connect('localhost', server.port)
    await stream.write('STARTTLS\r\n')
    expect(String(await stream.readUntil('\r\n'))).toBe('220 go ahead\r\n')
    expect(await stream.startTls({ ca: cert })).toBe(stream)
    expect((stream.socket as TLSSocket).authorized).toBe(true)
    await stream.write('secret\n')
    expect(String(await stream.readUntil('\n'))).toBe('secret\n')
  })

  test.each([
    {
      options: { servername: 'localhost' },
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      why: 'a certificate nobody vouches for',
    },
    { options: { servername: '127.0.0.2', ca: cert }, code: 'ERR_TLS_CERT_ALTNAME_INVALID', why: 'another address' },
  ])('$why: the client refuses, and neither side keeps the connection', async ({ options, code }) => {
    const { near, peer } = await connectedSockets()
    const [client, server] = [new IOStream(near), new IOStream(peer)]
    const serving = server.startTls({ isServer: true, key, cert }).then(() => server.readBytes(1))
    await expect(client.startTls(options)).rejects.toMatchObject({ name: 'StreamClosedError', realError: { code } })
    await expect(serving).rejects.toMatchObject({ name: 'StreamClosedError' })
    expect([client.closed, server.closed]).toEqual([true, true])
  })

  test('a handshake that begins before the server is ready for it: waits in the socket', async () => {
    const { near, peer } = await connectedSockets()
    const client = new IOStream(near, { host: 'localhost' })
    const server = new IOStream(peer)
    const read = server.readUntil('\n')
    await client.write('go\n')
    await read
    const secured = client.startTls({ ca: cert })
    await received(peer, 100) // the ClientHello
    await Promise.all([server.startTls({ isServer: true, key, cert }), secured])
    await client.write('ok\n')
    expect(String(await server.readUntil('\n'))).toBe('ok\n')
    await Promise.all([client[Symbol.asyncDispose](), server[Symbol.asyncDispose]()])
  })

  test('bytes in the clear behind the command: refused, they are not taken for encrypted ones', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('STARTTLS\r\nDELETE everything\r\n')
    await stream.readUntil('\r\n')
    await expect(stream.startTls({ isServer: true, key, cert })).rejects.toMatchObject({
      code: 'TYPHOON_STREAM_BUSY',
      message: expect.stringContaining('19 bytes'),
    })
    expect(String(await stream.readUntil('\r\n'))).toBe('DELETE everything\r\n') // nothing has happened
  })

  test('bytes in the clear that arrive later: the handshake fails, none is given to the reader', async () => {
    await using pair = await connectedPair()
    const { stream, peer } = pair
    peer.write('STARTTLS\r\n')
    await stream.readUntil('\r\n')
    peer.write('DELETE everything\r\n')
    await received(stream.socket, 29)
    await expect(stream.startTls({ isServer: true, key, cert })).rejects.toMatchObject({
      name: 'StreamClosedError',
      realError: { code: expect.stringContaining('ERR_SSL') },
    })
    await expect(stream.readBytes(1)).rejects.toThrow('the stream is closed')
  })

  test('while a read is pending: refused; during the handshake nothing can be read or written', async () => {
    await using pair = await connectedPair()
    const { stream } = pair
    const read = stream.readUntil('\n')
    await expect(stream.startTls({ isServer: true, key, cert })).rejects.toThrow('startTls: readUntil is pending')
    stream.close()
    await expect(read).rejects.toThrow('the stream is closed')
    await expect(stream.startTls({ isServer: true, key, cert })).rejects.toThrow('the stream is closed')
    await using other = await connectedPair()
    const starting = other.stream.startTls({ isServer: true, key, cert })
    await expect(other.stream.readBytes(1)).rejects.toThrow('startTls is under way')
    await expect(other.stream.write('x')).rejects.toThrow('startTls is under way')
    await expect(other.stream.startTls({ isServer: true })).rejects.toThrow('startTls is under way')
    const reason = new Error('changed my mind')
    other.stream.close(reason)
    await expect(starting).rejects.toMatchObject({ name: 'StreamClosedError', realError: reason })
  })

  test.each(['client', 'server'] as const)(
    '%s, and the peer never answers: fails after handshakeTimeout',
    async (side) => {
      await using pair = await connectedPair()
      const options = side === 'server' ? { isServer: true as const, key, cert } : { servername: 'localhost' }
      const starting = pair.stream.startTls({ ...options, handshakeTimeout: 30 })
      await expect(starting).rejects.toMatchObject({
        name: 'StreamClosedError',
        realError: { message: expect.stringMatching(/time|longer/i) },
      })
      expect(pair.stream.closed).toBe(true)
    },
  )

  test.each(['client', 'server'] as const)('%s, and the peer leaves: fails', async (side) => {
    await using pair = await connectedPair()
    const options = side === 'server' ? { isServer: true as const, key, cert } : { servername: 'localhost' }
    const starting = pair.stream.startTls(options)
    pair.peer.destroy()
    await expect(starting).rejects.toMatchObject({ name: 'StreamClosedError' })
  })

  test('a client that does not say whose certificate it expects: refused', async () => {
    await using pair = await connectedPair()
    await expect(pair.stream.startTls({})).rejects.toThrow('servername is needed')
    expect(pair.stream.closed).toBe(false)
  })
})
