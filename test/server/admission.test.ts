/** What is refused at the door, on every transport (RFC 9112 §2–§7, RFC 9110 §7.2, §10.1.1). */

import { HTTPError, RequestHandler, type Rule } from '@typhoon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from '../core/raw-client.ts'
import { gate, watchProcess } from '../core/served.ts'
import { type Reachable, serveOver, TRANSPORTS } from './transports.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write(`${this.request.uri} for ${this.request.host}`)
  }
  override post() {
    this.write(`${this.request.body.length} bytes`)
  }
}
let slow = gate()
class Slow extends RequestHandler {
  override async get() {
    await slow.opened
    this.write('x'.repeat(100_000))
  }
}
class Refusing extends RequestHandler {
  override get() {
    throw new HTTPError(403)
  }
}
const RULES: readonly Rule[] = [
  ['/slow', Slow],
  ['/refusing', Refusing],
  [/.*/, Echo],
]

interface Case {
  readonly name: string
  readonly send: string
  readonly status: number
}

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
const post = (...fields: string[]) => head('POST / HTTP/1.1', 'Host: a', ...fields)
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: 1`)

const REFUSED: Record<string, Case[]> = {
  'Host (RFC 9112 §3.2)': [
    { name: 'none', send: head('GET / HTTP/1.1'), status: 400 },
    { name: 'empty', send: head('GET / HTTP/1.1', 'Host:'), status: 400 },
    { name: 'twice, different', send: head('GET / HTTP/1.1', 'Host: a', 'Host: b'), status: 400 },
    { name: 'twice, the same, in other spellings', send: head('GET / HTTP/1.1', 'Host: a', 'hOST: a'), status: 400 },
    { name: 'a list', send: head('GET / HTTP/1.1', 'Host: a,b'), status: 400 },
    { name: 'a space within', send: head('GET / HTTP/1.1', 'Host: a b'), status: 400 },
    { name: 'a port too high', send: head('GET / HTTP/1.1', 'Host: a:65536'), status: 400 },
    { name: 'an IPv6 address without brackets', send: head('GET / HTTP/1.1', 'Host: ::1'), status: 400 },
    { name: 'brackets around nonsense', send: head('GET / HTTP/1.1', 'Host: [a]'), status: 400 },
    { name: 'twice, over HTTP/1.0', send: head('GET / HTTP/1.0', 'Host: a', 'Host: a'), status: 400 },
  ],
  'the version (RFC 9112 §2.3)': [
    { name: '0.9', send: head('GET / HTTP/0.9', 'Host: a'), status: 505 },
    { name: '2.0', send: head('GET / HTTP/2.0', 'Host: a'), status: 505 },
    { name: '1.2', send: head('GET / HTTP/1.2', 'Host: a'), status: 400 },
    { name: 'none', send: head('GET /'), status: 505 },
    { name: 'lower case', send: head('GET / http/1.1', 'Host: a'), status: 400 },
    { name: 'a word behind it', send: head('GET / HTTP/1.1 x', 'Host: a'), status: 400 },
  ],
  'the target (RFC 9112 §3.2)': [
    { name: 'beyond 8 KiB', send: request(`GET /${'x'.repeat(8192)}`), status: 414 },
    { name: 'a fragment', send: request('GET /a#b'), status: 400 },
    { name: 'no slash at the front', send: request('GET a'), status: 400 },
    { name: 'another scheme', send: request('GET gopher://a/'), status: 400 },
    { name: 'user information', send: request('GET http://u:p@a/'), status: 400 },
    { name: 'no host', send: request('GET http:///'), status: 400 },
    { name: 'a port that is none', send: request('GET http://a:99999/'), status: 400 },
    {
      name: 'a bad Host beside a good absolute target',
      send: head('GET http://a/ HTTP/1.1', 'Host: b/c'),
      status: 400,
    },
    { name: 'a star without OPTIONS', send: request('GET *'), status: 400 },
    { name: 'CONNECT', send: head('CONNECT a:443 HTTP/1.1', 'Host: a:443'), status: 405 },
    { name: 'CONNECT with a path', send: head('CONNECT /x HTTP/1.1', 'Host: a'), status: 405 },
  ],
  'framing (RFC 9112 §6)': [
    {
      name: 'Transfer-Encoding: gzip, chunked',
      send: `${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
      status: 400,
    },
    {
      name: 'Transfer-Encoding: chunked, chunked',
      send: `${post('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`,
      status: 400,
    },
    { name: 'Transfer-Encoding: identity', send: post('Transfer-Encoding: identity'), status: 400 },
    { name: 'Transfer-Encoding: chunked;q=1', send: `${post('Transfer-Encoding: chunked;q=1')}0\r\n\r\n`, status: 400 },
    { name: 'an empty Transfer-Encoding', send: post('Transfer-Encoding:'), status: 400 },
    {
      name: 'twice',
      send: `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      status: 400,
    },
    {
      name: 'chunked, then Content-Length',
      send: `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`,
      status: 400,
    },
    {
      name: 'Content-Length, then chunked',
      send: `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      status: 400,
    },
    {
      name: 'chunked over HTTP/1.0',
      send: `${head('POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      status: 400,
    },
    ...['+1', '-1', '1e1', '0x1', '1 1', '1,1', 'one', '', '18446744073709551617'].map((length) => ({
      name: `Content-Length: ${JSON.stringify(length)}`,
      send: `${post(`Content-Length: ${length}`)}x`,
      status: 400,
    })),
  ],
  'fields (RFC 9112 §5)': [
    { name: '101 of them', send: request('GET /', numbered(100)), status: 431 },
    { name: '1,001, where Node begins to drop', send: request('GET /', Array<string>(1000).fill('A: 1')), status: 431 },
    { name: '2,500', send: request('GET /', Array<string>(2499).fill('A:1')), status: 431 },
    { name: 'more bytes than 16 KiB', send: request('GET /', [`A: ${'x'.repeat(16_384)}`]), status: 431 },
    {
      name: 'bytes without end and without a line end',
      send: `GET / HTTP/1.1\r\nA: ${'x'.repeat(40_000)}`,
      status: 431,
    },
    { name: 'a folded line', send: request('GET /', ['A: 1', ' 2']), status: 400 },
    { name: 'a folded line at the front', send: head('GET / HTTP/1.1', ' A: 1', 'Host: a'), status: 400 },
    { name: 'bare line feeds', send: 'GET / HTTP/1.1\nHost: a\n\n', status: 400 },
    { name: 'a bare carriage return', send: request('GET /', ['A: 1\rB: 2']), status: 400 },
    { name: 'a NUL in a value', send: request('GET /', ['A: \0']), status: 400 },
    { name: 'a NUL in a name', send: request('GET /', ['A\0: 1']), status: 400 },
    { name: 'a space before the colon', send: request('GET /', ['A : 1']), status: 400 },
    { name: 'an empty name', send: request('GET /', [': 1']), status: 400 },
    { name: 'an unknown Expect', send: request('POST /', ['Expect: 200-ok'], 'x'), status: 417 },
    {
      name: 'a second Expect that is unknown',
      send: request('POST /', ['Expect: 100-continue', 'Expect: x'], 'x'),
      status: 417,
    },
  ],
}

const TAKEN: Omit<Case, 'status'>[] = [
  { name: 'an absolute target counts for more than Host', send: request('GET http://b:81/c?d') },
  { name: 'an absolute target in capitals', send: head('GET HTTPS://B/c HTTP/1.1', 'Host: localhost') },
  { name: '100 fields', send: request('GET /', numbered(99)) },
  { name: 'a target of 8 KiB', send: request(`GET /${'x'.repeat(8191)}`) },
  { name: 'an IPv6 Host with a port', send: head('GET / HTTP/1.1', 'Host: [::1]:8888') },
  { name: 'chunked in capitals', send: `${post('Transfer-Encoding: CHUNKED')}1\r\nx\r\n0\r\n\r\n` },
  { name: 'HTTP/1.0 without Host', send: head('GET / HTTP/1.0') },
  { name: 'an empty line before the request line (RFC 9112 §2.2)', send: `\r\n${request('GET /')}` },
]

describe.each(TRANSPORTS)('over %s', (transport) => {
  let reached: Reachable
  beforeAll(async () => {
    reached = await serveOver(transport, RULES)
  })
  afterAll(() => reached[Symbol.asyncDispose]())

  /** The answer, in the application's format, on a connection that ends; one line in the log; and the next client is served. */
  async function isRefused({ send, status }: Case): Promise<void> {
    const before = reached.log.lines.length
    await using client = await reached.connect()
    await client.send(send)
    const response = await client.response()
    expect([response.status, response.complete, response.header('connection')]).toEqual([status, true, 'close'])
    expect(response.header('content-type')).toBe('text/html; charset=UTF-8')
    expect(response.text()).toContain(`<title>${status}: `)
    expect(await client.rest()).toHaveLength(0)
    await reached.log.expect(new RegExp(`^${status} .*: .`))
    expect(reached.log.lines).toHaveLength(before + 1)
    expect((await reached.ask(request('GET /after'))).text()).toBe('/after for localhost')
    await reached.log.expect(/^200 GET \/after /)
  }

  for (const [area, cases] of Object.entries(REFUSED)) {
    test.each(cases)(`${area}, $name: $status`, isRefused)
  }

  test.each(TAKEN)('$name: taken', async ({ send }) => {
    expect((await reached.ask(send)).status).toBe(200)
  })

  test('OPTIONS *: answered for the server as a whole, and the connection stays (RFC 9110 §9.3.7)', async () => {
    await using client = await reached.connect()
    for (let i = 0; i < 2; i++) {
      await client.send(request('OPTIONS *'))
      expect((await client.response()).status).toBe(204)
    }
  })

  test('the page of a refusal is a problem document where the client prefers JSON', async () => {
    const send = head('GET / HTTP/1.1', 'Accept: application/json', 'Host: a', 'Host: b')
    const response = await reached.ask(send)
    expect(response.header('content-type')).toBe('application/problem+json')
    expect(JSON.parse(response.text())).toEqual({ title: 'Bad Request', status: 400 })
  })

  test('what is wrong goes to the log, not to the client', async () => {
    const before = reached.log.lines.length
    const response = await reached.ask(head('GET / HTTP/1.1', 'Host: secret@host'))
    expect(response.text()).not.toContain('secret')
    expect(reached.log.lines[before]?.message).toContain('Host: secret@host')
  })

  test.each([
    { name: 'the parser', bad: 'nonsense\r\n\r\n', status: 400 },
    { name: 'admission', bad: head('GET / HTTP/1.1'), status: 400 },
    { name: 'the limit of the head', bad: request('GET /', [`A: ${'x'.repeat(20_000)}`]), status: 431 },
    { name: 'CONNECT', bad: head('CONNECT a:1 HTTP/1.1', 'Host: a:1'), status: 405 },
  ])('refused by $name behind two good ones: all are answered, whole and in order', async ({ bad, status }) => {
    slow = gate()
    await using client = await reached.connect()
    await client.send(request('GET /slow') + request('GET /refusing') + bad)
    slow.open()
    const answers = [await client.response(), await client.response(), await client.response()]
    expect(answers.map((each) => [each.status, each.complete])).toEqual([
      [200, true],
      [403, true],
      [status, true],
    ])
    expect(answers[0]?.body).toHaveLength(100_000)
    expect(await client.closed).toBe('end')
  })

  test.each([
    { name: 'admission', bad: head('POST / HTTP/1.1', 'Host: a', 'Host: b') },
    { name: 'the parser', bad: head('POST / HTTP/1.1', 'Host: a', 'A : 1') },
    { name: 'Connection: close', bad: request('GET /', ['Connection: close']) },
  ])('$name ends the connection: what was sent behind it is not run (RFC 9112 §9.6)', async ({ bad }) => {
    await using client = await reached.connect()
    await client.send(bad + request('GET /smuggled'))
    expect((await client.response()).header('connection')).toBe('close')
    expect(await client.rest()).toHaveLength(0)
    expect(reached.lines().join()).not.toContain('/smuggled')
  })

  test.each([
    { name: 'fields without end', send: `GET / HTTP/1.1\r\nHost: a\r\n${'A: 1\r\n'.repeat(800_000)}`, status: 431 },
    {
      name: 'a body behind a refused head',
      send: post('Host: b', 'Content-Length: 5000000') + 'x'.repeat(5_000_000),
      status: 400,
    },
    { name: 'garbage', send: 'x'.repeat(5_000_000), status: 400 },
  ])('$name: the answer reaches a client that sends all of it before it reads', async ({ send, status }) => {
    await using client = await reached.connect()
    for (let at = 0; at < send.length; at += 65_536) await client.send(send.slice(at, at + 65_536))
    const response = await client.response()
    expect([response.status, response.complete]).toEqual([status, true])
    expect(await client.closed).toBe('end')
  })
})
