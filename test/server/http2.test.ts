/** HTTP/2 (RFC 9113): the same handlers, streams instead of connections. */
import { once } from 'node:events'
import { type ClientHttp2Stream, constants } from 'node:http2'
import { gunzipSync, gzipSync } from 'node:zlib'
import { EventStreamHandler, fetchHandler, HTTPError, RequestHandler, type Rule } from '@typhoon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from '../core/raw-client.ts'
import { gate, type Served, serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { answerOf, openSession, type Session } from './http2-client.ts'
import { secureClient } from './transports.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.setCookie('a', '1')
    this.setCookie('b', '2')
    this.setHeader('Connection', 'keep-alive') // HTTP/2 has none
    this.write({ uri: this.request.uri, host: this.request.host, version: this.request.version, ...this.#rest() })
  }
  override post() {
    this.write(this.request.body)
  }
  #rest() {
    return { protocol: this.request.protocol, ip: this.request.remoteIp, cookies: this.request.cookies }
  }
}
class Large extends RequestHandler {
  override get() {
    this.write('x'.repeat(1_000_000))
  }
}
class Streamed extends RequestHandler {
  override async get() {
    for (let i = 0; i < 50; i++) {
      this.write(Buffer.alloc(20_000, 'x'))
      await this.flush()
    }
  }
}
class Broken extends RequestHandler {
  override async get() {
    this.write('half')
    await this.flush()
    if (this.request.query === 'later') await new Promise((resolve) => setTimeout(resolve, 20)) // all of it has left
    throw new Error('broken off')
  }
}
class Upload extends RequestHandler {
  static readonly streamRequestBody = true
  static readonly maxBodySize = 100_000
  override async post() {
    let size = 0
    for await (const chunk of this.request.body) size += chunk.length
    this.write(String(size))
  }
}
/** Answers without reading what is sent. */
class Deaf extends RequestHandler {
  static readonly streamRequestBody = true
  override post() {
    this.write('enough')
  }
}
class Refusing extends RequestHandler {
  static readonly streamRequestBody = true
  override post() {}
  override prepare() {
    throw new HTTPError(401)
  }
}
class Hints extends RequestHandler {
  override get() {
    this.setStatus(204)
  }
}
class Events extends EventStreamHandler {
  override async *open() {
    yield { event: 'first', data: 1 }
    yield { event: 'second', data: 2 }
  }
}
let gone = gate()
class Waiting extends RequestHandler {
  static readonly streamRequestBody = true
  override async post() {
    this.write('x')
    await this.flush()
    await once(this.request.signal, 'abort')
    gone.open()
  }
}
const RULES: readonly Rule[] = [
  ['/large', Large],
  ['/streamed', Streamed],
  ['/broken', Broken],
  ['/upload', Upload],
  ['/deaf', Deaf],
  ['/refusing', Refusing],
  ['/empty', Hints],
  ['/events', Events],
  ['/waiting', Waiting],
  ['/fetch', fetchHandler(async (req) => new Response(`${req.url} ${await req.text()}`))],
  [/\/.*/, Echo],
]

describe.skipIf(!hasOpenSSL)('HTTP/2', () => {
  let served: Served
  let client: Session
  beforeAll(async () => {
    served = await serve(RULES, { compressResponse: true }, { tls: certificate('localhost'), http2: true })
    client = await openSession(served.port)
  })
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await served[Symbol.asyncDispose]()
  })

  test('GET: version, authority, protocol, address and the crumbs of a split Cookie field (RFC 9113 §8.2.3)', async () => {
    const answer = await client.ask({ ':path': '/x?y=1', cookie: ['c=3', 'd=4'] as unknown as string })
    expect([answer.status, answer.code]).toEqual([200, 0])
    expect(JSON.parse(answer.text())).toEqual({
      uri: '/x?y=1',
      host: `localhost:${served.port}`,
      version: 'HTTP/2.0',
      protocol: 'https',
      ip: '127.0.0.1',
      cookies: { c: '3', d: '4' },
    })
    expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; Path=/'])
    expect(answer.headers['connection']).toBeUndefined()
    await served.log.expect(/^200 GET \/x\?y=1 \(127\.0\.0\.1\)/)
  })

  test('HEAD has the fields of GET and no content', async () => {
    const [head, get] = [
      await client.ask({ ':path': '/large', ':method': 'HEAD' }),
      await client.ask({ ':path': '/large' }),
    ]
    expect([head.status, head.body.length, head.code]).toEqual([200, 0, 0])
    expect(head.headers['content-length']).toBe('1000000')
    expect(head.headers['etag']).toBe(get.headers['etag'])
    expect(get.body).toHaveLength(1_000_000)
  })

  test.each([
    { name: 'with Content-Length', fields: { 'content-length': 5 } },
    { name: 'without', fields: {} },
    { name: 'that waits for 100 Continue', fields: { expect: '100-continue' } },
  ])('POST $name: the content arrives', async ({ fields }) => {
    const answer = await client.ask({ ':method': 'POST', ':path': '/', ...fields }, 'hello')
    expect([answer.status, answer.text()]).toEqual([200, 'hello'])
  })

  test('100 Continue comes when somebody reads the content (RFC 9110 §10.1.1)', async () => {
    const stream = client.request({ ':method': 'POST', ':path': '/upload', expect: '100-continue' })
    const answer = answerOf(stream)
    await once(stream, 'continue')
    stream.end('hello')
    expect((await answer).text()).toBe('5')
    const refused = await client.ask({ ':method': 'POST', ':path': '/refusing', expect: '100-continue' }, 'hello')
    expect(refused.status).toBe(401)
  })

  test('a response without content ends with its head', async () => {
    const answer = await client.ask({ ':path': '/empty' })
    expect([answer.status, answer.body.length, answer.code]).toEqual([204, 0, 0])
  })

  test('a streamed response, an upload, events, a fetch handler', async () => {
    expect((await client.ask({ ':path': '/streamed' })).body).toHaveLength(1_000_000)
    const upload = await client.ask({ ':method': 'POST', ':path': '/upload' }, Buffer.alloc(100_000))
    expect(upload.text()).toBe('100000')
    const events = await client.ask({ ':path': '/events' })
    expect(events.text()).toBe('event: first\ndata: 1\n\nevent: second\ndata: 2\n\n')
    expect((await client.ask({ ':path': '/fetch', ':method': 'POST' }, 'hi')).text()).toMatch(/\/fetch hi$/)
  })

  test('compression: the answer, and the content of a request', async () => {
    const answer = await client.ask({ ':path': '/large', 'accept-encoding': 'gzip' })
    expect([answer.headers['content-encoding'], answer.headers['vary']]).toEqual(['gzip', 'Accept-Encoding'])
    expect(gunzipSync(answer.body)).toHaveLength(1_000_000)
    const echoed = await client.ask({ ':method': 'POST', ':path': '/', 'content-encoding': 'gzip' }, gzipSync('hello'))
    expect(echoed.text()).toBe('hello')
  })

  test('100 requests at a time on one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => client.ask({ ':path': `/${i}` })))
    expect(answers.map((each) => JSON.parse(each.text()).uri)).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`))
  })

  test.each(['', '?later'])(
    'an error behind the head%s: the stream is reset, so that half a body does not look whole',
    async (when) => {
      const answer = await client.ask({ ':path': `/broken${when}` })
      expect([answer.status, answer.code]).toEqual([200, constants.NGHTTP2_INTERNAL_ERROR])
      await served.log.expect(/GET \/broken/)
      expect((await client.ask({ ':path': '/' })).status).toBe(200)
    },
  )

  test.each([
    { name: 'too large, by Content-Length', path: '/', fields: { 'content-length': 3_000_000 }, status: 413 },
    { name: 'too large, found out on the way', path: '/upload', fields: {}, status: 413 },
    { name: 'that nobody reads', path: '/deaf', fields: {}, status: 200 },
    { name: 'to a handler that refuses it', path: '/refusing', fields: {}, status: 401 },
    { name: 'to an unknown method', path: '/refusing', fields: { ':method': 'BREW' }, status: 501 },
  ])('an upload $name: $status, and the client is told to stop (RFC 9113 §8.1)', async ({ path, fields, status }) => {
    const stream = client.request({ ':method': 'POST', ':path': path, ...fields })
    const answer = answerOf(stream)
    stream.write(Buffer.alloc(200_000)) // never ended
    const { status: received, code } = await answer
    expect([received, code]).toEqual([status, constants.NGHTTP2_NO_ERROR])
    await served.log.expect(new RegExp(`^${status} \\w+ ${path} `))
  })

  test.each([
    { name: 'the stream was reset', leave: (stream: ClientHttp2Stream) => stream.close(constants.NGHTTP2_CANCEL) },
    { name: 'the stream was ended and reset', leave: (stream: ClientHttp2Stream) => stream.end(() => stream.close(8)) },
    { name: 'the connection was lost', leave: (stream: ClientHttp2Stream) => stream.session?.destroy() },
  ])('request.signal tells that $name, whether or not somebody reads the content', async ({ leave }) => {
    gone = gate()
    await using leaver = await openSession(served.port)
    const stream = leaver.request({ ':method': 'POST', ':path': '/waiting' })
    stream.write(Buffer.alloc(30_000))
    await once(stream, 'data')
    leave(stream)
    await gone.opened
    const line = await served.log.expect(/POST \/waiting/)
    expect(line.level).toBe('info')
  })

  test.each([
    { name: 'an authority that is none', fields: { ':authority': 'a,b' }, status: 400 },
    {
      name: 'Host and authority that differ (RFC 9113 §8.3.1)',
      fields: { ':authority': 'localhost', host: 'other' },
      status: 400,
    },
    { name: 'a fragment', fields: { ':path': '/x#y' }, status: 400 },
    { name: 'a target beyond 8 KiB', fields: { ':path': `/${'x'.repeat(8200)}` }, status: 414 },
    { name: 'an unknown Expect', fields: { expect: 'x' }, status: 417 },
    {
      name: '101 fields',
      fields: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, '1'])),
      status: 431,
    },
  ])('$name: $status, in the application’s format', async ({ fields, status }) => {
    const answer = await client.ask({ ':path': '/x', ...fields })
    expect([answer.status, answer.code]).toEqual([status, 0])
    expect(answer.text()).toContain(`<title>${status}: `)
    await served.log.expect(new RegExp(`^${status} GET `))
  })

  test('Host beside the same authority', async () => {
    const host = `localhost:${served.port}`
    const answer = await client.ask({ ':path': '/', ':authority': host, host })
    expect([answer.status, JSON.parse(answer.text()).host]).toEqual([200, host])
  })

  test('OPTIONS *', async () => {
    expect((await client.ask({ ':method': 'OPTIONS', ':path': '*' })).status).toBe(204)
  })

  test('HTTP/1.1 on the same port, by ALPN and without it', async () => {
    for (const options of [{ ALPNProtocols: ['http/1.1'] }, {}]) {
      await using old = await secureClient(served.port, options)
      await old.send(request('GET /x'))
      expect(JSON.parse((await old.response()).text()).version).toBe('HTTP/1.1')
    }
  })
})
