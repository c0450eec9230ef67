/** Shutting down: what is under way ends well, the rest ends now, and after the deadline nothing is left (RFC 9112 §9.6). */

import { once } from 'node:events'
import { connect as connectTCP } from 'node:net'
import { EventStreamHandler, HTTPServer, ReadinessHandler, RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { request } from '../core/raw-client.ts'
import { gate, serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { Load } from './load.ts'
import { Program } from './program.ts'
import { type Reachable, serveOver, TRANSPORTS } from './transports.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write(this.request.uri)
  }
  override post() {
    this.write(`${this.request.body.length} bytes`)
  }
}
class Stuck extends RequestHandler {
  override async get() {
    this.write('begun')
    await this.flush()
    await new Promise(() => {})
  }
}
class Events extends EventStreamHandler {
  override async open() {
    await this.sendEvent('hello')
  }
}
const RULES: readonly Rule[] = [
  ['/stuck', Stuck],
  ['/events', Events],
  ['/ready', ReadinessHandler],
  [/.*/, Echo],
]

/** A handler that says when it has begun, and answers when it is let go on. */
function slowHandler() {
  const [started, release] = [gate(), gate()]
  class Slow extends RequestHandler {
    override async get() {
      started.open()
      await release.opened
      this.write('done')
    }
  }
  return { Slow, started: started.opened, release: () => release.open() }
}

const close = (reached: Reachable, options = {}) => reached.server.server.close({ deadline: 60_000, ...options })

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('a request under way is answered, says that it is the last, and then the server is gone', async () => {
    const { Slow, started, release } = slowHandler()
    await using reached = await serveOver(transport, [['/slow', Slow], ...RULES])
    await using client = await reached.connect()
    await client.send(request('GET /slow'))
    await started
    const closed = close(reached)
    await expect(reached.connect()).rejects.toThrow(/ECONNREFUSED|ENOENT/)
    release()
    const response = await client.response()
    expect([response.text(), response.header('connection')]).toEqual(['done', 'close'])
    expect(await client.closed).toBe('end')
    await closed
  })

  test('a hook that takes its time, and a handler whose client has left: waited for', async () => {
    const [left, finish] = [gate(), gate()]
    const done: string[] = []
    class Thorough extends RequestHandler {
      override get(): void | Promise<void> {
        this.write('done')
      }
      override onFinish(): Promise<void> {
        return finish.opened.then(() => void done.push(this.request.path))
      }
    }
    class Deserted extends Thorough {
      override async get(): Promise<void> {
        await this.flush()
        await left.opened
      }
      override onConnectionClose() {
        left.open()
      }
    }
    await using reached = await serveOver(transport, [
      ['/thorough', Thorough],
      ['/deserted', Deserted],
    ])
    await using client = await reached.connect()
    await client.send(request('GET /thorough'))
    await client.response()
    await using leaver = await reached.connect()
    await leaver.send(request('GET /deserted'))
    await leaver.head()
    leaver.leave()
    await left.opened
    const closed = close(reached).then(() => done.push('closed'))
    setImmediate(() => finish.open())
    await closed
    expect(done.toSorted()).toEqual(['/deserted', '/thorough', 'closed'])
    expect(done.at(-1)).toBe('closed')
  })

  test('pipelined requests that run already are all answered; the last answer says so', async () => {
    const { Slow, started, release } = slowHandler()
    await using reached = await serveOver(transport, [['/slow', Slow], ...RULES])
    await using client = await reached.connect()
    await client.send(request('GET /slow') + request('GET /1') + request('GET /slow'))
    await started
    const closed = close(reached)
    release()
    const answers = [await client.response(), await client.response(), await client.response()]
    expect(answers.map((each) => each.text())).toEqual(['done', '/1', 'done'])
    expect(answers[2]?.header('connection')).toBe('close')
    expect(await client.closed).toBe('end')
    await closed
  })

  test('a large answer that the client has yet to read arrives whole', async () => {
    const body = Buffer.alloc(32 * 1024 * 1024, 'x')
    const answered = gate()
    class Large extends RequestHandler {
      override get() {
        this.finish(body)
        answered.open()
      }
    }
    await using reached = await serveOver(transport, [['/', Large]])
    await using client = await reached.connect()
    client.pause()
    await client.send(request('GET /'))
    await answered.opened
    const closed = close(reached)
    await new Promise((resolve) => setImmediate(resolve)) // by then connections without a request have ended
    client.resume()
    expect((await client.response()).body).toHaveLength(body.length)
    await closed
  })

  test('an upload under way is received and answered', async () => {
    await using reached = await serveOver(transport, RULES)
    await using client = await reached.connect()
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n')
    expect((await client.response()).status).toBe(100)
    const closed = close(reached)
    await client.send('0123456789')
    expect((await client.response()).text()).toBe('10 bytes')
    await closed
  })

  test('connections that wait for a request, the first included, end at once', async () => {
    await using reached = await serveOver(transport, RULES)
    await using idle = await reached.connect()
    await idle.send(request('GET /'))
    await idle.response()
    await using fresh = await reached.connect()
    const closed = close(reached)
    expect([await idle.closed, await fresh.closed]).toEqual(['end', 'end'])
    await closed
  })

  test('grace: idle connections are served once more, readiness is 503, then they end', async () => {
    await using reached = await serveOver(transport, RULES)
    const [ready, other] = [await reached.connect(), await reached.connect()]
    await ready.send(request('GET /ready'))
    expect((await ready.response()).text()).toBe('ok\n')
    await other.send(request('GET /1'))
    await other.response()
    const closed = close(reached, { grace: 60_000 })
    await ready.send(request('GET /ready'))
    const refused = await ready.response()
    expect([refused.status, refused.header('connection')]).toEqual([503, 'close'])
    await other.send(request('GET /2'))
    const last = await other.response()
    expect([last.text(), last.header('connection')]).toEqual(['/2', 'close'])
    expect([await ready.closed, await other.closed]).toEqual(['end', 'end'])
    await closed // long before the grace is over, since nobody is left
  })

  test('event streams end, whole', async () => {
    await using reached = await serveOver(transport, RULES)
    await using client = await reached.connect()
    await client.send(request('GET /events'))
    await client.head()
    expect(String(await client.chunk())).toBe('data: hello\n\n')
    const closed = close(reached)
    expect(await client.chunk()).toBeUndefined()
    expect(await client.closed).toBe('end')
    await closed
  })

  test('the deadline cuts what is left: a response, half a head, half a body', async () => {
    await using reached = await serveOver(transport, RULES)
    const clients = [await reached.connect(), await reached.connect(), await reached.connect()]
    await clients[0]?.send(request('GET /stuck'))
    await clients[0]?.head()
    await clients[1]?.send('GET / HTTP/1.1\r\nHos')
    await clients[2]?.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')
    await close(reached, { deadline: 100 })
    for (const client of clients) {
      expect((await client.rest()).toString()).not.toContain('\r\n0\r\n') // never a clean end of a cut body
      await client[Symbol.asyncDispose]()
    }
  })

  test('close() again is the same close', async () => {
    await using reached = await serveOver(transport, RULES)
    const { server } = reached.server
    const closed = server.close({ deadline: 100 })
    expect(server.close()).toBe(closed)
    await closed
    expect(server.closing).toBe(true)
    await server.close()
  })
})

test.skipIf(!hasOpenSSL)('a TLS handshake that does not come is no reason to wait beyond the deadline', async () => {
  await using served = await serve(RULES, {}, { tls: certificate('localhost') })
  const socket = connectTCP(served.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  const ended = once(socket, 'close')
  await served.server.server.close({ deadline: 100 })
  await ended
  expect(socket.bytesRead).toBe(0)
})

test.each([{ deadline: -1 }, { deadline: 1.5 }, { deadline: 2 ** 31 }, { grace: -1 }, { grace: Number.NaN }])(
  'close(%j): refused',
  async (options) => {
    await using served = await serve(RULES)
    expect(() => served.server.server.close(options)).toThrow(/must be a whole number/)
  },
)

test('a server that never listened closes', async () => {
  const server = new HTTPServer({ handle() {}, refuse() {}, takesUpgrade: () => false })
  await server.close()
  expect(server.closing).toBe(true)
})

test('under load, with a grace: nothing that was accepted is refused or cut short', async () => {
  class Timed extends RequestHandler {
    override async get() {
      await new Promise((resolve) => setTimeout(resolve, 2))
      this.write('x'.repeat(20_000))
    }
  }
  await using served = await serve([['/', Timed]])
  const load = new Load(`${served.server.url}/`, { keepAlive: 8, oneShot: 0 })
  await expect.poll(() => load.count, { timeout: 10_000 }).toBeGreaterThan(200)
  await served.server.server.close({ deadline: 10_000, grace: 1000 })
  const { bodies, failures } = await load.stop()
  expect(bodies.every((body) => body.length === 20_000)).toBe(true)
  expect(failures.filter((failure) => !failure.includes('ECONNREFUSED'))).toEqual([])
})

test.each(hasOpenSSL ? ['http', 'https', 'h2'] : ['http'])(
  '%s: nothing is left that keeps the process alive',
  async (protocol) => {
    const { key, cert } = hasOpenSSL ? certificate('localhost') : { key: '', cert: '' }
    await using program = Program.fixture('drained.ts', { protocol, key, cert })
    const left = JSON.parse((await program.line(/^left (.*)/))[1] ?? '')
    expect(left).toEqual([])
    expect((await program.exited).code).toBe(0)
  },
)
