import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ChatRoom } from '../../examples/tcpchat/chat-room.ts'
import { DatagramSocket, IOStream, TCPClient } from '../../packages/tcp/src/index.ts'
import { connectedPair } from './pair.ts'

const LISTENING = /listening on \S+?:(\d+)$/m

interface Program extends AsyncDisposable {
  readonly port: number
  readonly output: () => string
  stop(): Promise<number | null>
}

function start(example: string, file: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=typhoon-source', file, ...args], {
    cwd: fileURLToPath(new URL(`../../examples/${example}/`, import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  return { child, output: () => text }
}

async function startServer(example: string, HOST = '127.0.0.1'): Promise<Program> {
  const { child, output } = start(example, 'server.ts', [], { PORT: '0', HOST })
  const port = await listeningPort(child, output)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
    return child.exitCode
  }
  return { port, output, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

function listeningPort(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => {
      const port = LISTENING.exec(output())?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('close', () => reject(new Error(`ended before it listened:\n${output()}`)))
  })
}

async function runClient(example: string, port: number, ...args: string[]) {
  const { child, output } = start(example, 'client.ts', args, { PORT: String(port), HOST: '127.0.0.1' })
  await once(child, 'close')
  return { code: child.exitCode, output: output() }
}

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))
const line = async (stream: IOStream) => String(await stream.readUntil('\n')).trimEnd()

describe('tcpecho', () => {
  test('the client gets its lines back; the server ends with 0 on SIGTERM', async () => {
    await using server = await startServer('tcpecho')
    await using idle = await TCPClient.connect('127.0.0.1', server.port)
    const { code, output } = await runClient('tcpecho', server.port, 'one', '', 'two\nlines', 'zwei äöü')
    expect(output).toBe('one\n\ntwo\nlines\nzwei äöü\n')
    expect(code).toBe(0)
    expect(idle.closed).toBe(false)
    expect({ code: await server.stop(), output: server.output() }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\w+ server listening on \S+\n$/),
    })
  })
})

describe('tcpchat', () => {
  async function enter(port: number, name: string): Promise<IOStream> {
    const stream = await TCPClient.connect('127.0.0.1', port)
    await stream.readUntil('? ')
    await stream.write(`${name}\n`)
    expect(await line(stream)).toBe(`* ${name} is here`)
    expect(await line(stream)).toBe('* /who tells who is here, /quit leaves')
    return stream
  }

  test('names, messages, leaving, and a goodbye on SIGTERM', async () => {
    await using server = await startServer('tcpchat')
    await using ann = await enter(server.port, 'ann')
    await using bob = await TCPClient.connect('127.0.0.1', server.port)
    await bob.write('Ann\nb b\nbob\n')
    expect(await line(bob)).toBe('Your name? Ann is here already.')
    expect(await line(bob)).toBe('Your name? A name has 1 to 20 letters, digits, _ or -.')
    expect(await line(bob)).toBe('Your name? * bob is here')
    expect(await line(ann)).toBe('* bob is here')
    await bob.write('/who\nhello \u001b[2Jann\r\n/quit\n')
    expect(await line(ann)).toBe('<bob> hello [2Jann')
    expect(await line(ann)).toBe('* bob has left')
    expect(String(await bob.readUntilClose())).toContain('* here: ann, bob\n<bob> hello')
    const [rest, code] = await Promise.all([ann.readUntilClose(), server.stop()])
    expect(String(rest)).toBe('* the server stops, goodbye\n')
    expect({ code, output: server.output() }).toMatchObject({ code: 0 })
  })

  test('limits: too fast is not sent, a line too long ends the connection', async () => {
    await using server = await startServer('tcpchat')
    await using ann = await enter(server.port, 'ann')
    await ann.write('x\n'.repeat(11))
    for (let i = 0; i < 10; i += 1) expect(await line(ann)).toBe('<ann> x')
    expect(await line(ann)).toBe('* not so fast: that was not sent')
    await ann.write('x'.repeat(1000))
    await expect(ann.readUntil('\n')).rejects.toMatchObject({ code: 'TYPHOON_STREAM_CLOSED' })
  })

  test('one who does not read: dropped, and the others do not wait', async () => {
    await using slow = await connectedPair({ maxWriteBufferSize: 64 * 1024 })
    await using quick = await connectedPair({ maxWriteBufferSize: 64 * 1024 })
    const reader = new IOStream(quick.peer)
    const room = new ChatRoom()
    room.join('quick', quick.stream)
    room.join('slow', slow.stream)
    expect(room.join('SLOW', quick.stream)).toBe(false)
    const text = 'x'.repeat(900)
    while (!slow.stream.closed) {
      room.say('quick', text)
      while ((await line(reader)) !== `<quick> ${text}`);
    }
    expect(slow.stream.error).toMatchObject({ code: 'TYPHOON_STREAM_BUFFER_FULL', limit: 'maxWriteBufferSize' })
    expect(quick.stream.closed).toBe(false)
  })
})

describe('udp', () => {
  test('the client is told the time; other questions get no answer', async () => {
    await using server = await startServer('udp')
    await using socket = await DatagramSocket.bind({ host: '127.0.0.1' })
    await socket.send('date?', server.port, '127.0.0.1')
    await socket.send('time?', server.port, '127.0.0.1')
    const time = Date.parse((await socket.receive()).data.toString())
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
    const { code, output } = await runClient('udp', server.port)
    expect(output).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/)
    expect(code).toBe(0)
    expect({ code: await server.stop(), output: server.output() }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\w+ server listening on \S+\n$/),
    })
  })

  test.skipIf(!hasIPv6)('over IPv6 (skipped: this machine has none)', async () => {
    await using server = await startServer('udp', '::1')
    const { child, output } = start('udp', 'client.ts', [], { PORT: String(server.port), HOST: '::1' })
    await once(child, 'close')
    expect(output()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/)
  })

  test('nobody is there: the client says so and ends with 1', async () => {
    const unused = 1 // a port just given back might be another test's by now
    const { code, output } = await runClient('udp', unused)
    expect(output).toContain('ECONNREFUSED')
    expect(output).toContain('no answer')
    expect(code).toBe(1)
  })
})
