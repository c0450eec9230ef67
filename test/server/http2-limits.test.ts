/** Limits, floods and the end of HTTP/2 connections (RFC 9113 §6.8, §10.5). */
import { once } from 'node:events'
import { constants } from 'node:http2'
import { EventStreamHandler, RequestHandler, type Rule, type ServerOptions } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { gate, type Served, serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { answerOf, openSession } from './http2-client.ts'
import { secureSocket } from './transports.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write(this.request.uri)
  }
  override post() {
    this.write(`${this.request.body.length} bytes`)
  }
}
class Events extends EventStreamHandler {
  override open() {
    return this.sendEvent('hello')
  }
}
class Stuck extends RequestHandler {
  override async get() {
    this.write('x')
    await this.flush()
    await once(this.request.signal, 'abort')
  }
}
const RULES: readonly Rule[] = [
  ['/events', Events],
  ['/stuck', Stuck],
  [/\/.*/, Echo],
]

const serve2 = (options: ServerOptions = {}, rules = RULES): Promise<Served> =>
  serve(rules, {}, { tls: certificate('localhost'), http2: true, ...options })

/** A frame (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)])
/** GET / for https://a, in HPACK's static table but for the authority (RFC 7541). */
const GET = Buffer.from([0x82, 0x84, 0x87, 0x01, 0x01, 0x61])
const HEADERS = 1
const RST_STREAM = 3
const SETTINGS = 4
const PING = 6
const CONTINUATION = 9

describe.skipIf(!hasOpenSSL)('HTTP/2', () => {
  test.each([
    {
      name: 'rapid reset',
      flood: (i: number) => [frame(HEADERS, 5, 2 * i + 1, GET), frame(RST_STREAM, 0, 2 * i + 1, Buffer.alloc(4, 8))],
    },
    { name: 'settings', flood: () => [frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0, 0, 255, 255]))] },
    { name: 'pings', flood: () => [frame(PING, 0, 0, Buffer.alloc(8))] },
    {
      name: 'fields without end',
      flood: (i: number) => [frame(i === 0 ? HEADERS : CONTINUATION, 0, 1, Buffer.alloc(16_000, 0x82))],
    },
    { name: 'data for streams that nobody opened', flood: () => [frame(0, 0, 1, Buffer.alloc(100))] },
  ])('a flood of $name ends its own connection at most; the others are served', async ({ flood }) => {
    await using served = await serve2()
    await using other = await openSession(served.port)
    const socket = await secureSocket(served.port, { ALPNProtocols: ['h2'] })
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(PREFACE)
    socket.resume()
    for (let i = 0; i < 20_000 && !socket.destroyed && socket.writable; i += 100) {
      const frames = Array.from({ length: 100 }, (_, k) => flood(i + k)).flat()
      const flushed = new Promise((resolve) => socket.write(Buffer.concat(frames), resolve))
      await Promise.race([flushed, closed])
    }
    for (let i = 0; i < 10; i++) expect((await other.ask({ ':path': `/${i}` })).text()).toBe(`/${i}`)
    socket.destroy()
    await closed
    const started = performance.now()
    await served.server.server.close({ deadline: 5000 })
    expect(performance.now() - started).toBeLessThan(4000)
  })

  test('streams that the client gives up, one completed for each, are no attack', async () => {
    await using served = await serve2()
    await using client = await openSession(served.port)
    for (let i = 0; i < 250; i++) {
      const stream = client.request({ ':path': '/stuck' })
      stream.end()
      await once(stream, 'data')
      stream.close(constants.NGHTTP2_CANCEL)
      expect((await client.ask({ ':path': '/' })).status).toBe(200)
    }
  })

  test('requestTimeout: content that does not come is 408, and the connection goes on', async () => {
    await using served = await serve2({ requestTimeout: 100 })
    await using client = await openSession(served.port)
    const stream = client.request({ ':method': 'POST', ':path': '/' })
    const answer = answerOf(stream)
    stream.write('half')
    expect([(await answer).status, (await answer).code]).toEqual([408, constants.NGHTTP2_NO_ERROR])
    await served.log.expect(/^408 POST \/ .*in time/)
    expect((await client.ask({ ':path': '/x' })).text()).toBe('/x')
  })

  test('idleTimeout: a connection without requests is told to go (§9.1)', async () => {
    await using served = await serve2({ idleTimeout: 100 })
    await using client = await openSession(served.port)
    expect((await client.ask({ ':path': '/' })).status).toBe(200)
    const [code] = await once(client.session, 'goaway')
    expect(code).toBe(constants.NGHTTP2_NO_ERROR)
    await client.closed
  })

  test('maxRequestsPerConnection: the last request is answered, then the client is told to go', async () => {
    await using served = await serve2({ maxRequestsPerConnection: 2 })
    await using client = await openSession(served.port)
    expect((await client.ask({ ':path': '/1' })).text()).toBe('/1')
    expect((await client.ask({ ':path': '/2' })).text()).toBe('/2')
    await client.closed
  })

  test('a header list beyond the limits is refused, the connection goes on', async () => {
    await using served = await serve2({ maxHeaderSize: 4096 })
    await using client = await openSession(served.port)
    expect((await client.ask({ ':path': '/', 'x-large': 'x'.repeat(8000) })).status).toBe(431)
    expect((await client.ask({ ':path': '/x' })).text()).toBe('/x')
  })

  test('close(): GOAWAY at once, streams under way are finished, event streams end, idle connections go', async () => {
    const [started, release] = [gate(), gate()]
    class Slow extends RequestHandler {
      override async get() {
        started.open()
        await release.opened
        this.write('done')
      }
    }
    await using served = await serve2({}, [['/slow', Slow], ...RULES])
    await using idle = await openSession(served.port)
    await using client = await openSession(served.port)
    const events = client.request({ ':path': '/events' })
    events.end()
    await once(events, 'data')
    const slow = client.ask({ ':path': '/slow' })
    await started.opened
    const goaway = once(client.session, 'goaway')
    const closed = served.server.server.close({ deadline: 10_000 })
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    expect((await answerOf(events)).code).toBe(constants.NGHTTP2_NO_ERROR)
    await idle.closed
    release.open()
    expect((await slow).text()).toBe('done')
    await closed
  })

  test('close(): what does not end by the deadline is reset, so that it does not look whole', async () => {
    await using served = await serve2()
    await using client = await openSession(served.port)
    const stream = client.request({ ':path': '/stuck' })
    stream.end()
    await once(stream, 'data')
    const answer = answerOf(stream)
    await served.server.server.close({ deadline: 100 })
    expect((await answer).code).not.toBe(constants.NGHTTP2_NO_ERROR)
  })
})
