/** The connection around the messages: reuse, order, interim answers, gentle ends, other protocols (RFC 9112 §9, RFC 9110 §7.8, §10.1.1). */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HTTPError, nodeListener, RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { gate, serve, watchProcess } from './served.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write(`${this.request.uri} for ${this.request.host}`)
  }
  override post() {
    this.write(this.request.body)
  }
}
/** Asks for the body only when it is let in. */
class Guarded extends RequestHandler {
  static readonly streamRequestBody = true
  override prepare() {
    if (this.request.headers.get('authorization') === undefined) throw new HTTPError(401)
  }
  override async post() {
    let size = 0
    for await (const chunk of this.request.body) size += chunk.length
    this.write(String(size))
  }
}
const RULES: readonly Rule[] = [
  [/\/(?:x(?:\?.*)?)?/, Echo],
  ['/guarded', Guarded],
  ['/node', nodeListener((req, res) => req.resume().on('end', () => res.end('node')))],
]

describe('persistent connections (RFC 9112 §9.3)', () => {
  test.each([
    { name: 'HTTP/1.1 stays', send: request('GET /'), connection: 'keep-alive', stays: true },
    { name: 'HTTP/1.1 with close', send: request('GET /', ['Connection: close']), connection: 'close', stays: false },
    {
      name: 'close among others',
      send: request('GET /', ['Connection: TE, close', 'TE: trailers']),
      connection: 'close',
      stays: false,
    },
    { name: 'HTTP/1.0 closes', send: 'GET / HTTP/1.0\r\n\r\n', connection: 'close', stays: false },
    {
      name: 'HTTP/1.0 that asks to stay',
      send: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      connection: 'keep-alive',
      stays: true,
    },
  ])('$name', async ({ send, connection, stays }) => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send(send)
    const response = await client.response()
    expect([response.status, response.header('connection')]).toEqual([200, connection])
    if (stays) await client.send(request('GET /x', ['Connection: close']))
    expect((await client.rest()).toString().endsWith('/x for localhost')).toBe(stays)
  })

  test('an HTTP/1.0 client without Host is served for 127.0.0.1', async () => {
    await using served = await serve(RULES)
    expect((await ask(served.port, 'GET / HTTP/1.0\r\n\r\n')).text()).toBe('/ for 127.0.0.1')
  })

  test('pipelined requests are answered in order, whatever they take', async () => {
    const first = gate()
    class Slow extends RequestHandler {
      override async get() {
        await first.opened
        this.write('slow')
      }
    }
    await using served = await serve([['/slow', Slow], ...RULES])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /slow') + request('POST /', [], 'body') + request('GET /x'))
    first.open()
    const texts: string[] = []
    for (let i = 0; i < 3; i++) texts.push((await client.response()).text())
    expect(texts).toEqual(['slow', 'body', '/x for localhost'])
  })

  test('a bad request behind a good one: both are answered, in order', async () => {
    const first = gate()
    class Slow extends RequestHandler {
      override async get() {
        await first.opened
        this.write('good')
      }
    }
    for (const bad of ['garbage\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
      await using served = await serve([['/slow', Slow], ...RULES])
      await using client = await RawClient.connect(served.port)
      await client.send(request('GET /slow') + bad)
      first.open()
      expect((await client.response()).text()).toBe('good')
      expect([400, 405]).toContain((await client.response()).status)
      expect(await client.closed).toBe('end')
    }
  })

  test('a body that becomes malformed half-way: 400 for that request, and the end', async () => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n')
    await client.send('nonsense\r\n')
    const response = await client.response()
    expect([response.status, response.header('connection')]).toEqual([400, 'close'])
    expect(await client.closed).toBe('end')
    await served.log.expect(/^400 POST \/ .*chunk size/)
    expect(served.log.lines).toHaveLength(1)
  })

  test('a request that does not come in time: 408, whether head or body is missing', async () => {
    await using served = await serve(RULES, {}, { headersTimeout: 500, requestTimeout: 500 })
    for (const part of ['GET / HT', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc']) {
      await using client = await RawClient.connect(served.port)
      await client.send(part)
      expect((await client.response()).status).toBe(408)
      expect(await client.closed).toBe('end')
      await served.log.expect(/^408 /)
    }
  })
})

describe('targets (RFC 9112 §3.2)', () => {
  test.each([
    { line: 'GET http://other.example/x?y=1', text: '/x?y=1 for other.example' },
    { line: 'GET HTTP://other.example', text: '/ for other.example' },
    { line: 'GET http://other.example:8080?q', text: '/?q for other.example:8080' },
  ])('$line: the target counts for more than Host', async ({ line, text }) => {
    await using served = await serve([[/.*/, Echo]])
    expect((await ask(served.port, request(line))).text()).toBe(text)
  })

  test('OPTIONS *: a whole answer, no crash', async () => {
    await using served = await serve(RULES)
    const response = await ask(served.port, request('OPTIONS *'))
    expect([204, 404]).toContain(response.status)
  })
})

describe('100 Continue (RFC 9110 §10.1.1)', () => {
  const expecting = (path: string, fields = '') =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n${fields}\r\n`

  test.each(['/', '/node', '/guarded'])('%s: sent when somebody reads the body', async (path) => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send(expecting(path, 'Authorization: x\r\n'))
    expect((await client.response()).status).toBe(100)
    await client.send('abc')
    expect((await client.response()).status).toBe(200)
  })

  test.each([
    { name: '401 in prepare', send: expecting('/guarded'), status: 401 },
    { name: '413', send: expecting('/').replace('Length: 3', 'Length: 3000000'), status: 413 },
    { name: '404', send: expecting('/nowhere'), status: 404 },
  ])('$name: no 100 before it, and the connection ends', async ({ send, status }) => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send(send)
    const response = await client.response()
    expect([response.status, response.header('connection')]).toEqual([status, 'close'])
    client.halfClose()
    expect(await client.closed).toBe('end')
  })

  test('HTTP/1.0 gets no interim answer', async () => {
    await using served = await serve(RULES)
    const sent = expecting('/').replace('1.1', '1.0')
    await using client = await RawClient.connect(served.port)
    await client.send(`${sent}abc`)
    expect((await client.response()).text()).toBe('abc')
  })
})

describe('a gentle end (RFC 9112 §9.6)', () => {
  test('413 reaches a client that goes on sending 50 MB', async () => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n')
    const megabyte = Buffer.alloc(1_000_000)
    for (let i = 0; i < 50; i++) await client.send(megabyte)
    const response = await client.response()
    expect([response.status, response.complete, response.header('connection')]).toEqual([413, true, 'close'])
    expect(await client.closed).toBe('end')
  })

  test('a small body that nobody read is skipped, the connection stays', async () => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    await client.send('POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    expect((await client.response()).status).toBe(404)
    await client.send(`def${request('GET /x')}`)
    expect((await client.response()).text()).toBe('/x for localhost')
  })
})

describe('an upgrade that nobody wants is ignored (RFC 9110 §7.8)', () => {
  const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  test.each([
    { name: 'GET', send: request('GET /x', h2c), text: '/x for localhost' },
    { name: 'POST with a body', send: request('POST /', h2c, 'hello'), text: 'hello' },
    {
      name: 'a WebSocket handshake to a plain route',
      send: request('GET /x', [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
      text: '/x for localhost',
    },
    { name: 'a route that is not there', send: request('GET /nowhere', h2c), text: /404/ },
  ])('$name: answered as a plain request, twice on one connection', async ({ send, text }) => {
    await using served = await serve(RULES)
    await using client = await RawClient.connect(served.port)
    for (let i = 0; i < 2; i++) {
      await client.send(send)
      const response = await client.response()
      expect(response.text()).toMatch(text)
      expect(response.header('connection')).toBe('keep-alive')
    }
  })

  test('a wanted upgrade behind a slow request: its handler runs once, after it', async () => {
    const first = gate()
    const made: string[] = []
    class Slow extends RequestHandler {
      override async get() {
        await first.opened
        this.write('slow')
      }
    }
    class Refusing extends RequestHandler {
      static readonly acceptsUpgrade = true
      override get() {
        made.push('refusing')
        throw new HTTPError(403)
      }
    }
    await using served = await serve([
      ['/slow', Slow],
      ['/up', Refusing],
    ])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /slow') + request('GET /up', ['Connection: Upgrade', 'Upgrade: x']))
    first.open()
    expect((await client.response()).text()).toBe('slow')
    const refused = await client.response()
    expect([refused.status, refused.header('connection')]).toEqual([403, 'close'])
    expect(await client.closed).toBe('end')
    expect(made).toEqual(['refusing'])
  })

  test.each(['reset', 'leave'] as const)(
    '%s while an upgrade waits behind a slow request: nothing breaks',
    async (way) => {
      const started = gate()
      class Slow extends RequestHandler {
        override async get() {
          started.open()
          await new Promise((resolve) => this.request.signal.addEventListener('abort', resolve))
        }
      }
      class Taking extends RequestHandler {
        static readonly acceptsUpgrade = true
      }
      await using served = await serve([
        ['/slow', Slow],
        ['/up', Taking],
      ])
      const client = await RawClient.connect(served.port)
      await client.send(request('GET /slow') + request('GET /up', ['Connection: Upgrade', 'Upgrade: x']))
      await started.opened
      client[way]()
      await served.server.server.close({ deadline: 100 })
      await served.log.expect(/GET \/slow/)
      expect(served.log.lines).toHaveLength(1)
    },
  )
})

describe('close()', () => {
  test('a large answer that a slow client still reads is not cut, idle connections end at once', async () => {
    class Large extends RequestHandler {
      override get() {
        this.write(Buffer.alloc(30_000_000))
      }
    }
    await using served = await serve([['/large', Large], ...RULES])
    await using idle = await RawClient.connect(served.port)
    await idle.send(request('GET /x'))
    await idle.response()
    await using slow = await RawClient.connect(served.port)
    await slow.send(request('GET /large'))
    await slow.head()
    slow.pause()
    const closed = served.server.server.close({ deadline: 10_000 })
    expect(await idle.closed).toBe('end')
    slow.resume()
    expect((await slow.rest()).length).toBe(30_000_000)
    await closed
  })

  test('what is under way is answered with Connection: close, new connections are refused, twice is once', async () => {
    const started = gate()
    const release = gate()
    class Slow extends RequestHandler {
      override async get() {
        started.open()
        await release.opened
        this.write('done')
      }
    }
    await using served = await serve([['/', Slow]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /'))
    await started.opened
    const closed = served.server.server.close()
    expect(served.server.server.close()).toBe(closed)
    await expect(RawClient.connect(served.port)).rejects.toThrow('ECONNREFUSED')
    release.open()
    const response = await client.response()
    expect([response.text(), response.header('connection')]).toEqual(['done', 'close'])
    await closed
  })

  test('what does not end by the deadline is cut off', async () => {
    class Endless extends RequestHandler {
      override async get() {
        this.write('x')
        await this.flush()
        await new Promise(() => {})
      }
    }
    await using served = await serve([['/', Endless]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /'))
    await client.head()
    await served.server.server.close({ deadline: 50 })
    expect((await client.rest()).toString()).not.toMatch(/0\r\n\r\n$/)
  })
})

test('a Unix socket: served, private to its user, taken over from a server that is gone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'typhoon-'))
  const path = join(directory, 'socket')
  try {
    await using served = await serve(RULES, {}, { path })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await using client = await RawClient.connect({ path })
    await client.send(request('GET /x'))
    expect((await client.response()).text()).toBe('/x for localhost')
    await expect(serve(RULES, {}, { path })).rejects.toThrow('another server does')
    expect(served.port).toBe(0)
  } finally {
    await rm(directory, { recursive: true })
  }
})
