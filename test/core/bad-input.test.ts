/** What a server owes to messages that are malformed, ambiguous or too large (RFC 9112, RFC 9110; Tornado's security notes). */
import { gzipSync } from 'node:zlib'
import { fetchHandler, nodeListener, RequestHandler } from '@typhoon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { type Served, serve, watchProcess } from './served.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write({ args: [...this.request.queryArguments.keys()], cookies: Object.keys(this.request.cookies) })
  }
  override post() {
    this.write({ form: [...this.request.bodyArguments.keys()], size: this.request.body.length })
  }
}
class Story extends RequestHandler {
  override get(id: string) {
    this.write(id)
  }
}

let served: Served
beforeAll(async () => {
  served = await serve(
    [
      ['/', Echo],
      [/\/story\/(.*)/, Story],
      ['/node', nodeListener((_, res) => res.end('node'))],
      ['/fetch', fetchHandler(() => new Response('fetch'))],
    ],
    { maxBodySize: 1000, maxFields: 10, maxUploadSize: 100_000 },
  )
})
afterAll(() => served[Symbol.asyncDispose]())

const GOOD = request('GET /')
const chunked = (body: string, fields = '') =>
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${fields}\r\n${body}`
const form = (body: string, type = 'application/x-www-form-urlencoded') =>
  request('POST /', [`Content-Type: ${type}`], body)
const part = (head: string, body = 'x') => `--b\r\n${head}\r\n\r\n${body}\r\n`
const multipart = (parts: string, end = '--b--\r\n') => form(parts + end, 'multipart/form-data; boundary=b')
const field = 'Content-Disposition: form-data; name="a"'
const gzipped = (bytes: Buffer) =>
  Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`),
    bytes,
  ])

interface Case {
  readonly name: string
  readonly send: string | Buffer
  readonly status: number
}

describe('the start line (RFC 9112 §3)', () => {
  const cases: Case[] = [
    { name: 'garbage', send: 'what is this\r\n\r\n', status: 400 },
    { name: 'a TLS hello', send: Buffer.from('160301020001000100', 'hex'), status: 400 },
    { name: 'an unknown method, which Node does not read', send: 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a method in lower case', send: 'get / HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'HTTP/2.0', send: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', status: 505 },
    { name: 'HTTP/0.9 by number', send: 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', status: 505 },
    { name: 'HTTP/1.2', send: 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'the preface of HTTP/2', send: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
    { name: 'no version, which is HTTP/0.9', send: 'GET /\r\n\r\n', status: 505 },
    { name: 'a space at the front', send: ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a raw byte beyond ASCII in the target', send: 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a NUL in the target', send: 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a relative target', send: 'GET story HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a target of another scheme', send: 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    {
      name: 'an absolute target with user information',
      send: 'GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n',
      status: 400,
    },
    { name: 'an absolute target without a host', send: 'GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a star for another method than OPTIONS', send: 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a fragment', send: 'GET /#x HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a target beyond 8 KiB', send: request(`GET /${'x'.repeat(9000)}`), status: 414 },
    { name: 'CONNECT', send: 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', status: 405 },
  ]
  test.each(cases)('$name: $status', answersOnce)
})

describe('header fields (RFC 9112 §5, RFC 9110 §7.2)', () => {
  const cases: Case[] = [
    { name: 'no Host', send: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
    { name: 'two Hosts', send: 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'a list of Hosts', send: 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', status: 400 },
    { name: 'an empty Host', send: 'GET / HTTP/1.1\r\nHost: \r\n\r\n', status: 400 },
    { name: 'a Host with a path', send: 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', status: 400 },
    { name: 'a Host with user information', send: 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', status: 400 },
    { name: 'a Host with a port that is none', send: 'GET / HTTP/1.1\r\nHost: a:http\r\n\r\n', status: 400 },
    { name: 'a bad Host beside an absolute target', send: 'GET http://a/ HTTP/1.1\r\nHost: b@c\r\n\r\n', status: 400 },
    { name: 'white space before the colon', send: 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', status: 400 },
    { name: 'a folded line', send: 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n', status: 400 },
    { name: 'bare line feeds', send: 'GET / HTTP/1.1\nHost: a\n\n', status: 400 },
    { name: 'a NUL in a value', send: 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', status: 400 },
    { name: 'a field without a colon', send: 'GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n', status: 400 },
    {
      name: '101 fields',
      send: request(
        'GET /',
        Array.from({ length: 100 }, (_, i) => `X-${i}: 1`),
      ),
      status: 431,
    },
    {
      name: '2,500 fields, none dropped in silence',
      send: request(
        'GET /',
        Array.from({ length: 2500 }, () => 'X: 1'),
      ),
      status: 431,
    },
    { name: 'a head beyond 16 KiB', send: request('GET /', [`X: ${'x'.repeat(20_000)}`]), status: 431 },
    { name: 'an expectation that nobody knows', send: request('POST /', ['Expect: the-unexpected'], 'x'), status: 417 },
  ]
  test.each(cases)('$name: $status', answersOnce)
})

describe('framing, where two servers could disagree (RFC 9112 §6)', () => {
  const cases: Case[] = [
    { name: 'Transfer-Encoding and Content-Length', send: chunked('0\r\n\r\n', 'Content-Length: 3\r\n'), status: 400 },
    { name: 'Transfer-Encoding twice', send: chunked('0\r\n\r\n', 'Transfer-Encoding: chunked\r\n'), status: 400 },
    {
      name: 'Transfer-Encoding: gzip, chunked',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      status: 400,
    },
    {
      name: 'Transfer-Encoding: identity',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n',
      status: 400,
    },
    {
      name: 'Transfer-Encoding: xchunked',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      status: 400,
    },
    {
      name: 'Transfer-Encoding over HTTP/1.0',
      send: 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      status: 400,
    },
    ...['+3', '-3', '1_0', '0x3', '3, 3', '3 3', '\xb3'].map((length) => ({
      name: `Content-Length: ${length}`,
      send: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nabc`,
      status: 400,
    })),
    {
      name: 'two different Content-Lengths',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
      status: 400,
    },
    ...['0x2', '+2', '-2', '2_', ' 2', 'g'].map((size) => ({
      name: `a chunk of size ${JSON.stringify(size)}`,
      send: chunked(`${size}\r\nab\r\n0\r\n\r\n`),
      status: 400,
    })),
    { name: 'a chunk that is longer than its size', send: chunked('2\r\nabc\r\n0\r\n\r\n'), status: 400 },
    { name: 'a chunk size ended by a bare line feed', send: chunked('2\nab\r\n0\r\n\r\n'), status: 400 },
    { name: 'chunk extensions without end', send: chunked(`2;${'x'.repeat(20_000)}\r\nab\r\n0\r\n\r\n`), status: 413 },
  ]
  test.each(cases)('$name: $status', answersOnce)
})

describe('bodies and arguments', () => {
  const many = Array.from({ length: 11 }, (_, i) => `a${i}=1`).join('&')
  const cases: Case[] = [
    { name: 'more than maxBodySize, announced', send: request('POST /', [], 'x'.repeat(1001)), status: 413 },
    { name: 'more than maxBodySize, chunked', send: chunked(`3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`), status: 413 },
    {
      name: 'a huge Content-Length',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999\r\n\r\n',
      status: 413,
    },
    {
      name: 'a compressed body that grows beyond the limit',
      send: gzipped(gzipSync(Buffer.alloc(100_000))),
      status: 413,
    },
    {
      name: 'compressed data that is damaged',
      send: gzipped(Buffer.from('1f8b0800000000000003ffffffff', 'hex')),
      status: 400,
    },
    { name: 'compressed data cut before its trailer', send: gzipped(gzipSync('hello').subarray(0, -4)), status: 400 },
    { name: 'a content coding nobody knows', send: request('POST /', ['Content-Encoding: lzw'], 'x'), status: 415 },
    { name: 'a query that is not UTF-8', send: request('GET /?a=%ff'), status: 400 },
    { name: 'a query with too many arguments', send: request(`GET /?${many}`), status: 400 },
    { name: 'a path part that is not UTF-8', send: request('GET /story/%ff'), status: 400 },
    { name: 'a form that is not UTF-8', send: form('a=%ff'), status: 400 },
    { name: 'a form with too many fields', send: form(many), status: 400 },
    { name: 'multipart without a boundary', send: form('x', 'multipart/form-data'), status: 400 },
    { name: 'multipart without its last boundary', send: multipart(part(field), ''), status: 400 },
    { name: 'a part without Content-Disposition', send: multipart(part('Content-Type: text/plain')), status: 400 },
    { name: 'a part without a name', send: multipart(part('Content-Disposition: form-data')), status: 400 },
    {
      name: 'a part with an enormous head',
      send: multipart(part(`${field}\r\nX: ${'x'.repeat(11_000)}`)),
      status: 400,
    },
    { name: 'a part with a control character in its head', send: multipart(part(`${field}\r\nX: a\0b`)), status: 400 },
    { name: 'more parts than allowed', send: multipart(part(field).repeat(101)), status: 400 },
  ]
  test.each(cases)('$name: $status', answersOnce)
})

describe('answered, not refused', () => {
  test.each([
    {
      name: 'an argument called __proto__',
      send: request('GET /?__proto__=1&constructor=2'),
      text: '{"args":["__proto__","constructor"],"cookies":[]}',
    },
    {
      name: 'cookies that are no cookies',
      send: request('GET /', ['Cookie: ;;=;a b=1;__proto__=x;"=";"\\777"=2']),
      text: /"args":\[\]/,
    },
    { name: 'bad percent escapes in the path stay as they are', send: request('GET /story/%zz'), text: '%zz' },
    { name: 'a double slash at the front', send: request('GET //story/x'), text: /404/ },
    {
      name: 'equal Content-Lengths are refused by the parser',
      send: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
      text: /400/,
    },
    { name: 'TRACE to a fetch handler', send: request('TRACE /fetch'), text: /501/ },
    {
      name: 'a Host that URLs cannot have, to a fetch handler',
      send: 'GET /fetch HTTP/1.1\r\nHost: 1.2.3.999\r\n\r\n',
      text: /400/,
    },
    {
      name: 'a Host that URLs cannot have, to a Node listener',
      send: 'GET /node HTTP/1.1\r\nHost: 1.2.3.999\r\n\r\n',
      text: 'node',
    },
  ])('$name', async ({ send, text }) => {
    const response = await ask(served.port, send)
    expect(response.text()).toMatch(text)
  })
})

test('a control character of a client never reaches the log as it is', async () => {
  await using client = await RawClient.connect(served.port)
  await client.send('GET /story/%0a%1b[31m HTTP/1.1\r\nHost: a\r\nX: \x1b\r\n\r\n')
  await client.rest()
  expect(served.lines().filter((line) => /\p{Cc}/u.test(line))).toEqual([])
})

/** The status, on a connection that ends; one line in the log; and the next client is served. */
async function answersOnce({ send, status }: Case): Promise<void> {
  const before = served.log.lines.length
  await using client = await RawClient.connect(served.port)
  await client.send(send)
  const response = await client.response()
  expect([response.status, response.complete]).toEqual([status, true])
  if (response.header('connection') === 'close') await client.closed
  await served.log.expect(new RegExp(`^${status} `))
  expect(served.log.lines.slice(before).map(({ message }) => message)).toHaveLength(1)
  expect((await ask(served.port, GOOD)).status).toBe(200)
  await served.log.expect(/^200 GET \/ /)
}
