import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type LookupFunction, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type ConnectOptions, TCPClient, TCPServer } from '../../packages/tcp/src/index.ts'
import { nextPoll } from './pair.ts'

async function addressServer(): Promise<TCPServer> {
  return new TCPServer({
    handleStream: (stream, { address, port }) => stream.write(`${address} ${port}\n`),
  }).listen({ port: 0, host: '127.0.0.1' })
}

/** A name server for tests: every name has these addresses. */
function lookupOf(...addresses: { address: string; family: number }[]): LookupFunction {
  return (_name, options, callback) => {
    if (options.all === true) callback(null, addresses)
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family)
  }
}

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}

const neverLooksUp: LookupFunction = () => {}

/** A port at which connections are neither made nor refused: of a process that is stopped, with a full queue. */
async function deafPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const program = `const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  child.kill('SIGSTOP')
  const port = Number(line)
  const waiting: Socket[] = []
  const isFull = () => waiting.length > 1 && waiting.at(-1)?.connecting === true
  while (!isFull()) {
    waiting.push(connect(port, '127.0.0.1').on('error', () => {}))
    for (let i = 0; i < 100 && waiting.at(-1)?.connecting === true; i += 1) await nextPoll()
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy()
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

describe('TCPClient.connect', () => {
  test('a source address and port: the server sees them', async () => {
    await using server = await addressServer()
    const sourcePort = await closedPort()
    const options = { sourceAddress: '127.0.0.2', sourcePort, lookup: lookupOf({ address: '127.0.0.1', family: 4 }) }
    await using stream = await TCPClient.connect('a.test', server.port, options)
    expect(String(await stream.readUntil('\n'))).toBe(`127.0.0.2 ${sourcePort}\n`)
  })

  test('an address that does not answer, and one that does: the second (RFC 8305)', async () => {
    await using server = await addressServer()
    const lookup = lookupOf({ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 })
    const client = new TCPClient({ lookup })
    await using stream = await client.connect('both.test', server.port)
    expect(stream.socket.remoteAddress).toBe('127.0.0.1')
    await expect(client.connect('both.test', server.port, { autoSelectFamily: false })).rejects.toMatchObject({
      phase: 'connect',
      cause: { address: '::1' },
    })
  })

  test.skipIf(process.platform !== 'linux')('an address that never answers: the next one after its time', async () => {
    await using deaf = await deafPort()
    await using server = await new TCPServer({ handleStream: (stream) => stream.write('second') }).listen({
      port: deaf.port,
      host: '127.0.0.2',
    })
    const lookup = lookupOf({ address: '127.0.0.1', family: 4 }, { address: '127.0.0.2', family: 4 })
    const options = { lookup, autoSelectFamilyAttemptTimeout: 50 }
    await using stream = await TCPClient.connect('both.test', server.port, options)
    expect(String(await stream.readUntilClose())).toBe('second')
  })

  test.skipIf(process.platform !== 'linux')('an address that never answers, alone: times out', async () => {
    await using deaf = await deafPort()
    await expect(TCPClient.connect('127.0.0.1', deaf.port, { timeout: 100 })).rejects.toMatchObject({
      code: 'TYPHOON_CONNECT_TIMEOUT',
      phase: 'connect',
      port: deaf.port,
    })
  })

  test('localhost: whichever address of it answers', async () => {
    await using server = await new TCPServer({ handleStream: (stream) => stream.write('here') }).listen({
      host: 'localhost',
    })
    await using stream = await TCPClient.connect('localhost', server.port)
    expect(String(await stream.readUntilClose())).toBe('here')
  })

  test.each([
    { options: { sourceAddress: '192.0.2.1' }, code: 'EADDRNOTAVAIL', why: 'an address of another machine' },
    {
      options: { sourceAddress: '::1' },
      code: /^(EADDRNOTAVAIL|EINVAL|EAFNOSUPPORT|ENOTFOUND)$/,
      why: 'of the other family',
    },
  ])('$why as the source: ConnectError', async ({ options, code }) => {
    await using server = await addressServer()
    await expect(TCPClient.connect('127.0.0.1', server.port, options)).rejects.toMatchObject({
      name: 'ConnectError',
      cause: { code: expect.stringMatching(code) },
    })
  })

  test('a source port that is taken: ConnectError', async () => {
    await using server = await addressServer()
    const options = { sourceAddress: '127.0.0.1', sourcePort: server.port }
    await expect(TCPClient.connect('127.0.0.1', server.port, options)).rejects.toMatchObject({
      name: 'ConnectError',
      phase: 'connect',
      cause: { code: 'EADDRINUSE' },
    })
  })

  test('nobody listens: ConnectError in phase connect, with host, port and cause', async () => {
    const port = await closedPort()
    await expect(TCPClient.connect('127.0.0.1', port)).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'TYPHOON_CONNECT',
      host: '127.0.0.1',
      port,
      phase: 'connect',
      cause: { code: 'ECONNREFUSED' },
      message: `cannot connect to 127.0.0.1 port ${port}: connect ECONNREFUSED 127.0.0.1:${port} (phase: connect)`,
    })
  })

  test('nobody listens on any address: each is named', async () => {
    const port = await closedPort()
    const lookup = lookupOf({ address: '127.0.0.1', family: 4 }, { address: '127.0.0.2', family: 4 })
    const error = await TCPClient.connect('all.test', port, { lookup }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ phase: 'connect', host: 'all.test', cause: { errors: [{}, {}] } })
    expect(String(error)).toMatch(
      /all\.test port \d+: connect ECONNREFUSED 127\.0\.0\.1:\d+; connect ECONNREFUSED 127\.0\.0\.2/,
    )
  })

  test('a name that does not exist: ConnectError in phase lookup', async () => {
    const lookup: LookupFunction = (name, _options, callback) => {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '')
    }
    await expect(TCPClient.connect('no.test', 80, { lookup })).rejects.toMatchObject({
      phase: 'lookup',
      host: 'no.test',
      cause: { code: 'ENOTFOUND' },
    })
  })

  test('a lookup that takes too long: its own code', async () => {
    await expect(TCPClient.connect('slow.test', 80, { lookup: neverLooksUp, timeout: 20 })).rejects.toMatchObject({
      code: 'TYPHOON_CONNECT_TIMEOUT',
      phase: 'lookup',
      message: 'cannot connect to slow.test port 80: no success within 20 ms (phase: lookup)',
    })
  })

  test('a handshake that nobody answers: times out in phase tls', async () => {
    await using server = await new TCPServer({
      handleStream: async (stream) => void (await stream.readUntilClose()),
    }).listen({ port: 0, host: '127.0.0.1' })
    await expect(TCPClient.connect('127.0.0.1', server.port, { tls: true, timeout: 100 })).rejects.toMatchObject({
      code: 'TYPHOON_CONNECT_TIMEOUT',
      phase: 'tls',
    })
  })

  test('a signal: rejects with its reason, before and during the attempt', async () => {
    const reason = new Error('no longer needed')
    await expect(TCPClient.connect('a.test', 80, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const connecting = TCPClient.connect('a.test', 80, { signal: controller.signal, lookup: neverLooksUp })
    controller.abort(reason)
    await expect(connecting).rejects.toBe(reason)
  })

  test('a signal that fires afterwards: the stream goes on', async () => {
    await using server = await addressServer()
    const controller = new AbortController()
    await using stream = await TCPClient.connect('127.0.0.1', server.port, { signal: controller.signal })
    controller.abort()
    expect(String(await stream.readUntil('\n'))).toContain('127.0.0.1')
  })

  test('a Unix socket that is not there: the path is the host', async () => {
    await expect(new TCPClient().connectUnix('/nonexistent/a.sock')).rejects.toMatchObject({
      host: '/nonexistent/a.sock',
      port: 0,
      phase: 'connect',
      cause: { code: 'ENOENT' },
    })
  })

  test('limits: those of the options, or else of the client', async () => {
    await using server = await addressServer()
    const client = new TCPClient({ maxBufferSize: 3 })
    await using small = await client.connect('127.0.0.1', server.port)
    await expect(small.readUntil('\n')).rejects.toMatchObject({ limit: 'maxBufferSize' })
    await using large = await client.connect('127.0.0.1', server.port, { maxBufferSize: 100 })
    expect((await large.readUntil('\n')).length).toBeGreaterThan(3)
  })

  test.each<{ host: string; port: number; options: ConnectOptions; message: RegExp }>([
    { host: '', port: 80, options: {}, message: /host must be a non-empty string/ },
    { host: 'a\0b', port: 80, options: {}, message: /host must be/ },
    { host: 'a', port: 0, options: {}, message: /port must be a whole number from 1 to 65535, got 0/ },
    { host: 'a', port: 80, options: { timeout: 2 ** 31 }, message: /timeout must be/ },
    { host: 'a', port: 80, options: { sourceAddress: 'localhost' }, message: /sourceAddress must be an IP address/ },
    { host: 'a', port: 80, options: { timeuot: 1 } as ConnectOptions, message: /no option timeuot/ }, // as from JavaScript
  ])('$host $port $options: refused', async ({ host, port, options, message }) => {
    await expect(TCPClient.connect(host, port, options)).rejects.toThrow(message)
  })
})
