/** Neither a slow reader nor a slow handler makes the server hold more than a bounded part of a transfer. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as ask, type ClientRequest, type IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { request as askSecurely } from 'node:https'
import type { Readable, Writable } from 'node:stream'
import { ConnectionClosedError, RequestHandler } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { gate, serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { Program } from './program.ts'

watchProcess()

const MIB = 1024 * 1024
/** How much is transferred; the note on the issue was measured with 1024. */
const SIZE = Number(process.env['TRANSFER_MIB'] ?? 96)
const MOST = 50 // MiB, by which the memory of the server may grow
const MOST_AHEAD = 24 // MiB, what the buffers of two processes and the system may hold of a transfer that stands still
const CHUNK = Buffer.alloc(256 * 1024, 'x')

interface State {
  readonly progress: number
  readonly grown: number
}

/** How to ask the server in its own process, by one of the protocols. */
interface Way extends Disposable {
  get(path: string): Promise<Readable>
  send(method: string, path: string): { content: Writable; answer: Promise<string> }
}

/** A connection for each request, since a stream that is not read holds up the window of its connection (RFC 9113 §5.2.1). */
function http2Way(url: string): Way {
  const sessions: ClientHttp2Session[] = []
  const open = (method: string, path: string) => {
    const session = connect(url, { ca: certificate('localhost').cert, servername: 'localhost' })
    sessions.push(session)
    return session.request({ ':method': method, ':path': path })
  }
  return {
    get: async (path) => open('GET', path),
    send: (method, path) => {
      const stream = open(method, path)
      return { content: stream, answer: read(stream) }
    },
    [Symbol.dispose]: () => {
      for (const session of sessions) session.destroy()
    },
  }
}

function http1Way(url: string): Way {
  const secure = url.startsWith('https')
  const trusted = secure ? { ca: certificate('localhost').cert, servername: 'localhost' } : {}
  const open = (method: string, path: string) =>
    (secure ? askSecurely : ask)(new URL(path, url), { method, agent: false, ...trusted })
  const responseTo = async (req: ClientRequest) => ((await once(req, 'response')) as [IncomingMessage])[0]
  return {
    get: (path) => responseTo(open('GET', path).end()),
    send: (method, path) => {
      const content = open(method, path)
      return { content, answer: responseTo(content).then(read) }
    },
    [Symbol.dispose]: () => undefined,
  }
}

async function read(source: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of source) text += String(chunk)
  return text
}

/** The size of what comes, of which nothing is kept. */
async function sizeOf(source: AsyncIterable<unknown>): Promise<number> {
  let size = 0
  for await (const chunk of source) size += (chunk as Buffer).length
  return size
}

function post(way: Way, path: string): Promise<string> {
  const { content, answer } = way.send('POST', path)
  content.end()
  return answer
}

async function state(way: Way): Promise<State> {
  return JSON.parse(await read(await way.get('/state'))) as State
}

/** Settles when the transfer has begun and stands still. */
async function standstill(way: Way): Promise<number> {
  for (let last = -1; ; ) {
    const { progress } = await state(way)
    if (progress > 0 && progress === last) return progress
    last = progress
    await new Promise((resolve) => setTimeout(resolve, 50)) // there is no event for nothing happening
  }
}

const WAYS = hasOpenSSL ? ['HTTP/1.1', 'HTTP/1.1 over TLS', 'HTTP/2'] : ['HTTP/1.1']

describe.each(WAYS)('%s', (name) => {
  const options =
    name === 'HTTP/1.1' ? {} : { tls: hasOpenSSL ? certificate('localhost') : undefined, http2: name === 'HTTP/2' }
  test(`${SIZE} MiB down to a client that stops reading, and up to a handler that does`, {
    timeout: 300_000,
  }, async () => {
    await using program = Program.fixture('transfers.ts', options)
    const [, url = ''] = await program.line(/listening on (\S+)/)
    using way = name === 'HTTP/2' ? http2Way(url) : http1Way(url)
    await sizeOf(await way.get('/down?mib=8')) // what a first transfer takes for good is not counted
    await post(way, '/state')

    const down = await way.get(`/down?mib=${SIZE}`)
    expect(await standstill(way)).toBeLessThan(MOST_AHEAD * MIB)
    expect(await sizeOf(down)).toBe(SIZE * MIB)
    const downGrowth = (await state(way)).grown

    const up = way.send('PUT', '/up')
    const hash = createHash('sha256')
    const sent = send(up.content, hash)
    expect(await standstill(way)).toBeLessThan(MOST_AHEAD * MIB)
    expect(up.content.writableNeedDrain).toBe(true) // the client is held back
    await post(way, '/release')
    await sent
    expect(JSON.parse(await up.answer)).toEqual({ size: SIZE * MIB, hash: hash.digest('hex') })
    const upGrowth = (await state(way)).grown
    if (process.env['TRANSFER_MIB'] !== undefined)
      console.log(`${name}: ${SIZE} MiB, grown by ${downGrowth.toFixed(1)} MiB down, ${upGrowth.toFixed(1)} MiB up`)
    expect(downGrowth).toBeLessThan(MOST)
    expect(upGrowth).toBeLessThan(MOST)
  })
})

async function send(to: Writable, hash: ReturnType<typeof createHash>): Promise<void> {
  for (let left = SIZE * MIB; left > 0; left -= CHUNK.length) {
    hash.update(CHUNK)
    if (!to.write(CHUNK)) await once(to, 'drain')
  }
  to.end()
}

test('flush() settles when the client has taken enough, and rejects when it has gone', async () => {
  const blocked = gate()
  const over = gate()
  const flushes: unknown[] = []
  class Flushing extends RequestHandler {
    override async get() {
      for (;;) {
        this.write(Buffer.alloc(4 * MIB))
        const flushed = this.flush()
        setTimeout(() => blocked.open(), 200) // as long as it takes, the client has not read
        try {
          await flushed
          flushes.push('settled')
        } catch (error) {
          flushes.push(error)
          over.open()
          throw error
        }
      }
    }
  }
  await using served = await serve([['/', Flushing]])
  const client = await RawClient.connect(served.port)
  await client.send(request('GET /'))
  client.pause()
  await blocked.opened
  const before = flushes.length
  expect(before).toBeLessThan(5)
  client.resume()
  await expect.poll(() => flushes.length).toBeGreaterThan(before + 3)
  client.reset()
  await over.opened
  expect(flushes.at(-1)).toBeInstanceOf(ConnectionClosedError)
})
