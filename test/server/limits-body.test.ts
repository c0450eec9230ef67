/** What a request body may cost, plain and compressed (RFC 9110 §8.4, §15.5.14, §15.5.16; Tornado: max_body_size). */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { watchProcess } from '../core/served.ts'
import { type Reachable, serveOver, TRANSPORTS } from './transports.ts'

watchProcess()

class Collected extends RequestHandler {
  override post() {
    this.write(`${this.request.body.length} bytes`)
  }
}
class Small extends Collected {
  static readonly maxBodySize = 10
}
class Roomy extends Collected {
  static readonly maxBodySize = 5000
}
class Streamed extends RequestHandler {
  static readonly streamRequestBody = true
  static readonly maxBodySize = 10
  override prepare() {
    const given = this.request.headers.get('x-limit')
    if (given !== undefined) this.request.maxBodySize = Number(given)
  }
  override async post() {
    let size = 0
    for await (const chunk of this.request.body) size += chunk.length
    this.write(`${size} bytes`)
  }
}
class Received extends RequestHandler {
  static readonly streamRequestBody = true
  static readonly maxBodySize = 10
  #size = 0
  override dataReceived(chunk: Buffer) {
    this.#size += chunk.length
  }
  override post() {
    this.write(`${this.#size} bytes`)
  }
}
const RULES: readonly Rule[] = [
  ['/small', Small],
  ['/roomy', Roomy],
  ['/streamed', Streamed],
  ['/received', Received],
  [/.*/, Collected],
]

const plain = (path: string, size: number, fields: readonly string[] = []) =>
  request(`POST ${path}`, fields, 'x'.repeat(size))
const chunked = (path: string, size: number, fields: readonly string[] = []) =>
  `${request(`POST ${path}`, [...fields, 'Transfer-Encoding: chunked'])}${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`

const serveLimited = (transport: (typeof TRANSPORTS)[number]) => serveOver(transport, RULES, { maxBodySize: 1000 })

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.each([
    { path: '/', limit: 1000, why: 'the setting' },
    { path: '/small', limit: 10, why: 'static maxBodySize, smaller' },
    { path: '/roomy', limit: 5000, why: 'static maxBodySize, larger' },
    { path: '/streamed', limit: 10, why: 'static maxBodySize of a streamed body' },
    { path: '/received', limit: 10, why: 'static maxBodySize with dataReceived()' },
    { path: '/streamed', limit: 20, why: 'request.maxBodySize in prepare(), larger', fields: ['X-Limit: 20'] },
    { path: '/streamed', limit: 5, why: 'request.maxBodySize in prepare(), smaller', fields: ['X-Limit: 5'] },
  ])('$path takes $limit bytes: $why', async ({ path, limit, fields }) => {
    await using reached = await serveLimited(transport)
    for (const send of [plain, chunked]) {
      const taken = await reached.ask(send(path, limit, fields))
      expect([taken.status, taken.text()]).toEqual([200, `${limit} bytes`])
      const refused = await reached.ask(send(path, limit + 1, fields))
      expect([refused.status, refused.complete]).toEqual([413, true])
    }
  })

  test('a limit of 0: not a byte is taken', async () => {
    await using reached = await serveLimited(transport)
    const response = await reached.ask(plain('/streamed', 1, ['X-Limit: 0']))
    expect(response.status).toBe(413)
  })

  test('the limit of one request is not that of the next on the connection', async () => {
    await using reached = await serveLimited(transport)
    await using client = await reached.connect()
    const statuses: number[] = []
    for (const send of [
      plain('/streamed', 20, ['X-Limit: 20']),
      plain('/streamed', 20),
      plain('/streamed', 10),
      plain('/', 900),
    ]) {
      await client.send(send)
      statuses.push((await client.response()).status)
    }
    expect(statuses).toEqual([200, 413, 200, 200])
  })
})

const CODINGS = [
  { coding: 'gzip', encode: gzipSync },
  { coding: 'x-gzip', encode: gzipSync },
  { coding: 'deflate', encode: deflateSync },
  { coding: 'deflate', encode: deflateRawSync },
  { coding: 'br', encode: brotliCompressSync },
] as const

describe('Content-Encoding of requests', () => {
  const coded = (coding: string, bytes: Buffer, length = bytes.length) =>
    Buffer.concat([
      Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: ${coding}\r\nContent-Length: ${length}\r\n\r\n`),
      bytes,
    ])

  test.each(CODINGS)('$coding: the limit holds for what comes out', async ({ coding, encode }) => {
    await using reached = await serveLimited('TCP')
    expect((await reached.ask(coded(coding, encode(Buffer.alloc(1000))))).text()).toBe('1000 bytes')
    expect((await reached.ask(coded(coding, encode(Buffer.alloc(1001))))).status).toBe(413)
  })

  test('two codings, one over the other', async () => {
    await using reached = await serveLimited('TCP')
    const twice = brotliCompressSync(gzipSync('hello'))
    expect((await reached.ask(coded('gzip, br', twice))).text()).toBe('5 bytes')
  })

  test.each([
    { name: 'unknown', coding: 'compress', status: 415 },
    { name: 'one of two unknown', coding: 'gzip, aes128gcm', status: 415 },
    { name: 'three codings', coding: 'gzip, gzip, gzip', status: 415 },
    { name: 'damaged', coding: 'gzip', status: 400 },
  ])('$name: $status', async ({ coding, status }) => {
    await using reached = await serveLimited('TCP')
    const response = await reached.ask(coded(coding, Buffer.from('not compressed')))
    expect(response.status).toBe(status)
    expect(response.header('accept-encoding')?.startsWith('gzip, deflate, br') ?? false).toBe(status === 415)
  })

  test.each(CODINGS)(
    '$coding: a bomb is answered from its first kilobytes, the rest is not waited for',
    async ({ coding, encode }) => {
      const start = encode(Buffer.alloc(8 * 1024 * 1024)).subarray(0, 8192)
      await using reached: Reachable = await serveOver('TCP', RULES, { maxBodySize: 20_000 })
      await using client = await RawClient.connect(reached.port)
      const before = process.memoryUsage().arrayBuffers
      await client.send(coded(coding, start, start.length + 100_000)) // the rest never comes
      const response = await client.response()
      expect([response.status, response.header('connection')]).toEqual([413, 'close'])
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
    },
  )
})
